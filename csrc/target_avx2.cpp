#define ELMAN_TARGET avx2
#define ELMAN_BYTES 32
#include "target.h"
ELMAN_DEFINE_TARGET
