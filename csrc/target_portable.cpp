#define ELMAN_TARGET portable
#define ELMAN_BYTES 16
#include "target.h"
ELMAN_DEFINE_TARGET
