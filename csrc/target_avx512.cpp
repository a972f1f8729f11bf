#define ELMAN_TARGET avx512
#define ELMAN_BYTES 64
#include "target.h"
ELMAN_DEFINE_TARGET
