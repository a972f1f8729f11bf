// The sixteen-lane templates under AVX2's flags, to test them on a machine without AVX-512. Never chosen by itself.
#define ELMAN_TARGET wide
#define ELMAN_BYTES 64
#include "target.h"
ELMAN_DEFINE_TARGET
