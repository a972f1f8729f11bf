"""The C functions that exported programs call; each program has those that it needs.

``exp`` and ``tanh`` are Elman's own, so that no ``libm`` is needed: with ``n = round(x / ln 2)`` and ``r = x - n ln 2``
(|r| < 0.35), ``exp(x) = 2^n (1 + p)``, where ``p = exp(r) - 1`` is eight terms of its series, less than 1e-8 from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from elman.graph.classical import (
    DAMPINGS,
    HALF,
    LATEST,
    LEVELS,
    MEMORY,
    RATES,
    SEASONAL,
    SEASONS,
    SLOPES,
)

LARGEST_ERROR = {"exp": 2.5e-7, "tanh": 2.0e-7, "sigmoid": 1.2e-7, "sqrt": 1.2e-7, "log": 4.0e-7}
"""Of each function against its exact value: of ``exp`` and ``sqrt`` relative to it, of ``log`` where it is larger than
1, else absolute."""


def listed(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:.17g}" for number in numbers)


OWN = {
    "expand": """
/* e^x = scale (1 + p): returns p */
static float expand(float x, float *scale)
{
    union { uint32_t bits; float number; } power;
    const float most = x > 88.0f ? 88.0f : x, within = most < -87.0f ? -87.0f : most;
    const int n = within != within ? 0 : (int)(within * 1.44269504f + (within < 0.0f ? -0.5f : 0.5f));
    const float r = (within - (float)n * 0.693359375f) + (float)n * 2.12194440e-4f;
    power.bits = (uint32_t)(n + 127) << 23;
    *scale = power.number;
    return r + r * r * (0.5f + r * (1.66666667e-1f + r * (4.16666667e-2f + r * (8.33333333e-3f
        + r * (1.38888889e-3f + r * 1.98412698e-4f)))));
}
""",
    "exp_of": """
static float exp_of(float x)
{
    float scale;
    const float p = expand(x, &scale);
    return scale + scale * p;
}
""",
    "tanh_of": """
/* (e^2x - 1) / (e^2x + 1) */
static float tanh_of(float x)
{
    float scale;
    const float p = expand(2.0f * x, &scale);
    const float less_1 = scale * p + (scale - 1.0f);
    return less_1 / (less_1 + 2.0f);
}
""",
    "sqrt_of": """
/* Newton's method, from half the exponent */
static float sqrt_of(float x)
{
    union { float number; uint32_t bits; } y;
    if (!(x > 0.0f))
        return 0.0f;
    y.number = x;
    y.bits = (y.bits >> 1) + 0x1fbd1df5u;
    for (int k = 0; k < 3; k++)
        y.number = 0.5f * (y.number + x / y.number);
    return y.number;
}
""",
    "log_of": """
/* x = 2^n m; log(m) = 2 artanh((m - 1) / (m + 1)) */
static float log_of(float x)
{
    union { float number; uint32_t bits; } m;
    m.number = x;
    int n = (int)(m.bits >> 23) - 127;
    m.bits = (m.bits & 0x7fffffu) | 0x3f800000u;
    if (m.number > 1.41421356f) {
        m.number *= 0.5f;
        n++;
    }
    const float s = (m.number - 1.0f) / (m.number + 1.0f), q = s * s;
    return (float)n * 6.93147181e-1f
        + 2.0f * s * (1.0f + q * (3.33333333e-1f + q * (0.2f + q * (1.42857143e-1f + q * 1.11111111e-1f))));
}
""",
}
"""What ``libm`` would have."""

LIBM = {name: f"#define {name} {name.removesuffix('_of')}f\n" for name in OWN if name.endswith("_of")}

FUNCTIONS = {
    "as_int16": """
/* The nearest of -32767 ... 32767 steps, 0 for NaN; 1 is so many of them */
static void as_int16(const float *x, int size, float per_one, int16_t *y)
{
    for (int i = 0; i < size; i++) {
        const float v = x[i] == x[i] ? x[i] * per_one : 0.0f;
        const float within = v > 32767.0f ? 32767.0f : v < -32767.0f ? -32767.0f : v;
        y[i] = (int16_t)(within + (within < 0.0f ? -0.5f : 0.5f));
    }
}
""",
    "narrowed": """
static void narrowed(const int32_t *h, int size, int16_t *y)
{
    for (int i = 0; i < size; i++)
        y[i] = (int16_t)h[i];
}
""",
    "as_float": """
/* From parts of 32768 */
static void as_float(const int32_t *x, int size, float *y)
{
    for (int i = 0; i < size; i++)
        y[i] = (float)x[i] / 32768.0f;
}
""",
    "linear_fixed": """
/* y = W x + b in parts of 32768; each row of W and x are whole numbers, their product times scale / 2^28 */
static void linear_fixed(const int8_t *weight, const int32_t *scale, const int32_t *bias, const int16_t *x, int rows,
                         int columns, int32_t *y)
{
    for (int r = 0; r < rows; r++, weight += columns) {
        int32_t sum = 0;
        for (int i = 0; i < columns; i++)
            sum += (int32_t)weight[i] * x[i];
        int64_t v = (int64_t)sum * scale[r];
        v = (v + (v < 0 ? -134217728 : 134217728)) / 268435456;
        v = v > 536870912 ? 536870912 : v < -536870912 ? -536870912 : v;
        y[r] = (int32_t)v + (bias ? bias[r] : 0);
    }
}
""",
    "times": """
static int32_t times(int32_t x, int32_t y)
{
    const int64_t v = (int64_t)x * y;
    return (int32_t)((v + (v < 0 ? -16384 : 16384)) / 32768);
}
""",
    "sigmoid_fixed": """
/* By a table from 0 to 16, with lines between */
static int32_t sigmoid_fixed(int32_t x)
{
    const int32_t size = x < 0 ? -x : x, most = size < 524287 ? size : 524287;
    const int32_t below = sigmoid_table[most / 2048], above = sigmoid_table[most / 2048 + 1];
    const int32_t y = below + ((above - below) * (most % 2048) + 1024) / 2048;
    return x < 0 ? 32768 - y : y;
}
""",
    "tanh_fixed": """
static int32_t tanh_fixed(int32_t x)
{
    const int32_t within = x > 536870912 ? 536870912 : x < -536870912 ? -536870912 : x;
    return 2 * sigmoid_fixed(2 * within) - 32768;
}
""",
    "relu_fixed": """
static int32_t relu_fixed(int32_t x)
{
    return x > 0 ? x : 0;
}
""",
    "sigmoid_of": """
static float sigmoid_of(float x)
{
    return 1.0f / (1.0f + exp_of(-x));
}
""",
    "relu_of": """
static float relu_of(float x)
{
    return x > 0.0f ? x : 0.0f;
}
""",
    "embed": """
static void embed(const float *weight, int id, int size, float *y)
{
    memcpy(y, weight + (size_t)id * (size_t)size, (size_t)size * sizeof(float));
}
""",
    "copy": """
static void copy(const float *x, int size, float *y)
{
    memcpy(y, x, (size_t)size * sizeof(float));
}
""",
    "linear": """
/* y = W x + b; W [rows][columns]. Four rows at once, whose sums don't wait for each other. */
static void linear(const float *weight, const float *bias, const float *x, int rows, int columns, float *y)
{
    int r = 0;
    for (; r + 4 <= rows; r += 4, weight += 4 * columns) {
        float a = bias ? bias[r] : 0.0f, b = bias ? bias[r + 1] : 0.0f;
        float c = bias ? bias[r + 2] : 0.0f, d = bias ? bias[r + 3] : 0.0f;
        for (int i = 0; i < columns; i++) {
            a += weight[i] * x[i];
            b += weight[columns + i] * x[i];
            c += weight[2 * columns + i] * x[i];
            d += weight[3 * columns + i] * x[i];
        }
        y[r] = a;
        y[r + 1] = b;
        y[r + 2] = c;
        y[r + 3] = d;
    }
    for (; r < rows; r++, weight += columns) {
        float a = bias ? bias[r] : 0.0f;
        for (int i = 0; i < columns; i++)
            a += weight[i] * x[i];
        y[r] = a;
    }
}
""",
    "linear8": """
/* y = W x + b; each row of W is whole numbers times a scale */
static void linear8(const int8_t *weight, const float *scale, const float *bias, const float *x, int rows, int columns,
                    float *y)
{
    for (int r = 0; r < rows; r++, weight += columns) {
        float sum = 0.0f;
        for (int i = 0; i < columns; i++)
            sum += (float)weight[i] * x[i];
        y[r] = scale[r] * sum + (bias ? bias[r] : 0.0f);
    }
}
""",
    "bag": """
/* The mean of the rows that ids name; zeros for none. */
static void bag(const float *weight, const int *ids, int count, int size, float *y)
{
    memset(y, 0, (size_t)size * sizeof(float));
    for (int k = 0; k < count; k++)
        for (int i = 0; i < size; i++)
            y[i] += weight[(size_t)ids[k] * (size_t)size + (size_t)i];
    for (int i = 0; count && i < size; i++)
        y[i] /= (float)count;
}
""",
    "bag8": """
static void bag8(const int8_t *weight, const float *scale, const int *ids, int count, int size, float *y)
{
    memset(y, 0, (size_t)size * sizeof(float));
    for (int k = 0; k < count; k++)
        for (int i = 0; i < size; i++)
            y[i] += scale[ids[k]] * (float)weight[(size_t)ids[k] * (size_t)size + (size_t)i];
    for (int i = 0; count && i < size; i++)
        y[i] /= (float)count;
}
""",
    "compare": """
/* |u - v|, and scale u v */
static void compare(const float *u, const float *v, float scale, int size, float *y)
{
    for (int i = 0; i < size; i++) {
        y[i] = u[i] > v[i] ? u[i] - v[i] : v[i] - u[i];
        y[size + i] = scale * (u[i] * v[i]);
    }
}
""",
    "embed8": """
static void embed8(const int8_t *weight, const float *scale, int id, int size, float *y)
{
    for (int i = 0; i < size; i++)
        y[i] = scale[id] * (float)weight[(size_t)id * (size_t)size + (size_t)i];
}
""",
    "standardise": """
static void standardise(const float *mean, const float *scale, const float *x, int size, float *y)
{
    for (int i = 0; i < size; i++)
        y[i] = (x[i] - mean[i]) / scale[i];
}
""",
    "observed": """
/* Standardised; what is missing, NaN, becomes the mean. */
static void observed(const float *mean, const float *scale, const float *x, int size, float *y)
{
    for (int i = 0; i < size; i++)
        y[i] = x[i] == x[i] ? (x[i] - mean[i]) / scale[i] : 0.0f;
}
""",
    "days": """
/* Whole days since 1970 */
static int days(double seconds)
{
    const int day = (int)(seconds / 86400.0);
    return (double)day * 86400.0 > seconds ? day - 1 : day;
}
""",
    "of_date": """
/* Days since 1970 less a mean, over a scale; 0 where the time is missing. */
static float of_date(double seconds, double mean, double scale)
{
    return seconds == seconds ? (float)((seconds / 86400.0 - mean) / scale) : 0.0f;
}
""",
    "of_year": """
/* How much of the year has passed; the calendar repeats itself after 400 years, of 146097 days. */
static float of_year(double seconds)
{
    if (seconds != seconds)
        return (float)seconds;
    const int cycle = (days(seconds) + 719162) % 146097;
    const int century = cycle / 36524 < 3 ? cycle / 36524 : 3;
    const int four = (cycle - century * 36524) % 1461;
    return (float)(four - (four / 365 < 3 ? four / 365 : 3) * 365) / 365.25f;
}
""",
    "of_week": """
/* How much of the week has passed, from Monday on */
static float of_week(double seconds)
{
    return seconds == seconds ? (float)((days(seconds) + 719162) % 7) / 7.0f : (float)seconds;
}
""",
    "of_day": """
static float of_day(double seconds)
{
    return seconds == seconds ? (float)(int)(seconds - 86400.0 * (double)days(seconds)) / 86400.0f : (float)seconds;
}
""",
    "wave": """
/* Sine and cosine of 2 pi times a share, by their series within an eighth of a turn; zeros where it is missing. */
static void wave(float share, float *y)
{
    const int quarter = share == share ? (int)(4.0f * share + 0.5f) : 0;
    const float x = 6.28318531f * (share - 0.25f * (float)quarter), q = x * x;
    const float sine = x * (1.0f - q * (1.66666667e-1f - q * (8.33333333e-3f
        - q * (1.98412698e-4f - q * 2.75573192e-6f))));
    const float cosine = 1.0f - q * (0.5f - q * (4.16666667e-2f - q * (1.38888889e-3f - q * 2.48015873e-5f)));
    const float parts[5] = {sine, cosine, -sine, -cosine, sine};
    y[0] = share == share ? parts[quarter % 4] : 0.0f;
    y[1] = share == share ? parts[quarter % 4 + 1] : 0.0f;
}
""",
    "since": """
/* How long it is since the time before: log(1 + gap), below zero where time falls; NaN where either is missing. */
static float since(double now, double unit, double *before, int *begun)
{
    const double gap = *begun ? (now - *before) / unit : (now - now) / (now - now);
    const float size = (float)(gap < 0.0 ? -gap : gap);
    *before = now;
    *begun = 1;
    if (gap != gap)
        return (float)gap;
    return gap < 0.0 ? -log_of(1.0f + size) : log_of(1.0f + size);
}
""",
    "layer_norm": """
static void layer_norm(const float *weight, const float *bias, float epsilon, const float *x, int size, float *y)
{
    float mean = 0.0f, variance = 0.0f;
    for (int i = 0; i < size; i++)
        mean += x[i];
    mean /= (float)size;
    for (int i = 0; i < size; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    const float deviation = sqrt_of(variance / (float)size + epsilon);
    for (int i = 0; i < size; i++)
        y[i] = (x[i] - mean) / deviation * weight[i] + bias[i];
}
""",
    "log_softmax": """
static void log_softmax(const float *x, int size, float *y)
{
    float top = x[0], sum = 0.0f;
    for (int i = 1; i < size; i++)
        top = x[i] > top ? x[i] : top;
    for (int i = 0; i < size; i++)
        sum += exp_of(x[i] - top);
    for (int i = 0; i < size; i++)
        y[i] = (x[i] - top) - log_of(sum);
}
""",
    "softmax": """
static void softmax(const float *x, int size, float *y)
{
    float top = x[0], sum = 0.0f;
    for (int i = 1; i < size; i++)
        top = x[i] > top ? x[i] : top;
    for (int i = 0; i < size; i++) {
        y[i] = exp_of(x[i] - top);
        sum += y[i];
    }
    for (int i = 0; i < size; i++)
        y[i] /= sum;
}
""",
    "sigmoids": """
static void sigmoids(const float *x, int size, float *y)
{
    for (int i = 0; i < size; i++)
        y[i] = sigmoid_of(x[i]);
}
""",
    "time_convolution": """
/* y [t][o] = sum of weight [o][i][k] x [t stride + k - width / 2][i], zeros before the first step and after the last */
static void time_convolution(const float *weight, const float *x, int steps, int inputs, int outputs, int width,
                             int stride, float *y)
{
    for (int first = -(width / 2); first + width / 2 < steps; first += stride, y += outputs)
        for (int o = 0; o < outputs; o++) {
            y[o] = 0.0f;
            for (int k = 0; k < width; k++)
                if (first + k >= 0 && first + k < steps)
                    for (int i = 0; i < inputs; i++)
                        y[o] += weight[((size_t)o * (size_t)inputs + (size_t)i) * (size_t)width + (size_t)k]
                            * x[(size_t)(first + k) * (size_t)inputs + (size_t)i];
        }
}
""",
    "patterns": """
/* Of 84 patterns of nine numbers, three of 2 and six of -1, at each width the share of steps at which it is found more
   clearly than each of some biases; every other one is of the steps alone that have room for the pattern. */
static void patterns(const int32_t *widths, const int32_t *counts, int groups, const float *biases, int size,
                     const int8_t *columns, const float *x, int steps, int inputs, float *y)
{
    memset(y, 0, 84 * (size_t)size * sizeof *y);
    for (int g = 0, first = 0; g < groups; first += counts[g++]) {
        const int width = widths[g], left_out = steps > 8 * width ? 4 * width : 0, past = first + counts[g];
        float *share = y;
        const float *bias = biases;
        for (int i = 0; i < 9; i++)
            for (int j = i + 1; j < 9; j++)
                for (int k = j + 1; k < 9; k++, share += size, bias += size, columns += inputs) {
                    const int odd = (int)((share - y) / size) % 2;
                    for (int t = 0; t < steps; t++) {
                        const int within = t >= left_out && t < steps - left_out;
                        double found = 0.0;
                        for (int n = 0; n < 9; n++) {
                            const int at = t + (n - 4) * width;
                            for (int c = 0; at >= 0 && at < steps && c < inputs; c++)
                                if (columns[c])
                                    found += (n == i || n == j || n == k ? 2.0 : -1.0) * x[at * inputs + c];
                        }
                        for (int b = first; b < past; b++)
                            share[b] += found > bias[b] && (within || b % 2 == odd) ? 1.0f : 0.0f;
                    }
                    for (int b = first; steps && b < past; b++)
                        share[b] /= (float)(b % 2 == odd ? steps : steps - 2 * left_out);
                }
    }
}
""",
    "standardise_pixels": """
static void standardise_pixels(const float *mean, const float *scale, const uint8_t *x, int channels, int pixels,
                               float *y)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < pixels; i++)
            *y++ = ((float)*x++ - mean[c]) / scale[c];
}
""",
    "convolution": """
/* y [o][i][j] = sum of weight [o][c][k][l] x [c][i stride + k - size / 2][j stride + l - size / 2], zeros around x */
static void convolution(const float *weight, const float *x, int channels, int height, int width, int outputs,
                        int size, int stride, float *y)
{
    const int down = (height + stride - 1) / stride, across = (width + stride - 1) / stride;
    memset(y, 0, (size_t)outputs * (size_t)down * (size_t)across * sizeof *y);
    for (int o = 0; o < outputs; o++, y += down * across)
        for (int c = 0; c < channels; c++)
            for (int k = -(size / 2); k <= size / 2; k++)
                for (int l = -(size / 2); l <= size / 2; l++, weight++) {
                    const int first = l < 0 ? (stride - 1 - l) / stride : 0;
                    const int most = l < width ? (width - 1 - l) / stride + 1 : 0, end = most < across ? most : across;
                    for (int i = k < 0 ? (stride - 1 - k) / stride : 0; i < down && i * stride + k < height; i++)
                        for (int j = first; j < end; j++)
                            y[i * across + j] += *weight * x[(c * height + i * stride + k) * width + j * stride + l];
                }
}
""",
    "max_pool": """
/* The largest of each 2 x 2 numbers, or of what is left of them at an edge. */
static void max_pool(const float *x, int channels, int height, int width, float *y)
{
    for (int c = 0; c < channels; c++, x += height * width)
        for (int i = 0; i < height; i += 2)
            for (int j = 0; j < width; j += 2, y++) {
                *y = x[i * width + j];
                for (int k = i; k < i + 2 && k < height; k++)
                    for (int l = j; l < j + 2 && l < width; l++)
                        *y = x[k * width + l] > *y ? x[k * width + l] : *y;
            }
}
""",
    "batch_norm": """
static void batch_norm(const float *factor, const float *shift, const float *x, int channels, int pixels, float *y)
{
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < pixels; i++)
            *y++ = *x++ * factor[c] + shift[c];
}
""",
    "best_path": """
/* Viterbi's algorithm: y [steps][count] becomes the score of the best path to each tag; then it is followed back. */
static void best_path(const float *start, const float *follow, const float *end, int count, float *y, int steps,
                      int *tags)
{
    for (int t = 0; t < steps; t++)
        for (int k = 0; k < count; k++) {
            const float *before = y + (size_t)(t ? t - 1 : 0) * (size_t)count;
            float most = t ? before[0] + follow[k] : start[k];
            for (int j = 1; t && j < count; j++)
                if (before[j] + follow[j * count + k] > most)
                    most = before[j] + follow[j * count + k];
            y[(size_t)t * (size_t)count + (size_t)k] += most;
        }
    for (int t = steps - 1; t >= 0; t--) {
        const float *scores = y + (size_t)t * (size_t)count;
        float most = 0.0f;
        for (int k = 0; k < count; k++) {
            const float score = scores[k] + (t + 1 < steps ? follow[k * count + tags[t + 1]] : end[k]);
            if (!k || score > most) {
                most = score;
                tags[t] = k;
            }
        }
    }
}
""",
    "recent": """
/* The last steps of a column of x, standardised, to y; returns how far all of its steps spread. NaN is missing. */
static float recent(const float *x, int steps, int columns, float mean, float scale, float least, int context, float *y)
{
    float count = 0.0f, middle = 0.0f, squares = 0.0f;
    for (int t = 0; t < steps; t++) {
        const float value = (x[(size_t)t * (size_t)columns] - mean) / scale;
        if (t >= steps - context)
            *y++ = value;
        if (value == value) {
            const float apart = value - middle;
            middle += apart / ++count;
            squares += apart * (value - middle);
        }
    }
    const float spread = count > 0.0f ? sqrt_of(squares / count) : 1.0f;
    return spread > least ? spread : least;
}
""",
    "normalise": """
/* A window x less its last number, over its deviation or spread, which is returned; beside it in y whether a number is
   missing, what is given ahead, and others. What is missing in x becomes the number before it, or the first one. */
static float normalise(float *x, int steps, float spread, int masked, const float *ahead, int given,
                       const float *others, int beside, float *y)
{
    const int size = 1 + masked + given + beside;
    float before = 0.0f, mean = 0.0f, variance = 0.0f;
    for (int t = steps - 1; t >= 0; t--)
        before = x[t] == x[t] ? x[t] : before;
    for (int t = 0; t < steps; t++) {
        if (masked)
            y[t * size + 1] = x[t] == x[t] ? 0.0f : 1.0f;
        x[t] = before = x[t] == x[t] ? x[t] : before;
        mean += x[t] / (float)steps;
    }
    for (int t = 0; t < steps; t++)
        variance += (x[t] - mean) * (x[t] - mean) / (float)steps;
    const float deviation = sqrt_of(variance), scale = deviation > spread ? deviation : spread;
    for (int t = 0; t < steps; t++, y += size) {
        y[0] = (x[t] - x[steps - 1]) / scale;
        for (int i = 0; i < given; i++)
            y[1 + masked + i] = ahead[t * given + i];
        for (int i = 0; i < beside; i++)
            y[1 + masked + given + i] = others[t * beside + i];
    }
    return scale;
}
""",
    "season_again": """
/* The last period of a window x again, moved towards the mean of its periods; and how that differs from its end. */
static void season_again(const float *x, int steps, int period, float reversion, float scale, int horizon,
                         float *base, float *pattern)
{
    for (int h = 0; h < horizon; h++) {
        const float last = x[steps - period + h % period];
        float mean = 0.0f;
        for (int t = steps % period + h % period; t < steps; t += period)
            mean += x[t] / (float)(steps / period);
        base[h] = last + reversion * (mean - last);
        pattern[h] = (base[h] - x[steps - 1]) / scale;
    }
}
""",
    "towards_linear": """
/* A base forecast, moved by a share towards that of a linear model: W, its last row a constant, times the numbers of
   the latest steps, each the first of size. */
static void towards_linear(const float *x, int steps, int size, const float *weight, int horizon, float share,
                           const float *pattern, float scale, const float *base, float *y)
{
    for (int h = 0; h < horizon; h++) {
        float linear = weight[steps * horizon + h];
        for (int t = 0; t < steps; t++)
            linear += weight[t * horizon + h] * x[t * size];
        y[h] = base[h] + share * scale * (linear - pattern[h]);
    }
}
""",
    "known_first": """
/* The first number of a column of x that isn't missing; 0 where all are. */
static float known_first(const float *x, int steps, int columns)
{
    for (int t = 0; t < steps; t++, x += columns)
        if (*x == *x)
            return *x;
    return 0.0f;
}
""",
    "season_before": """
/* The last season of a column of x again, or its last number; what is missing is as it was before. */
static void season_before(const float *x, int steps, int columns, int season, int horizon, float *y)
{
    const int lag = steps < season ? 1 : season, first = steps - lag;
    float before = known_first(x, steps, columns);
    for (int t = 0; t < steps; t++, x += columns) {
        before = *x == *x ? *x : before;
        if (t >= first && t - first < horizon)
            y[t - first] = before;
    }
    for (int h = lag; h < horizon; h++)
        y[h] = y[h - lag];
}
""",
    "drift": """
/* On along the line from the first number of a column of x to the last. */
static void drift(const float *x, int steps, int columns, int horizon, float *y)
{
    const float first = known_first(x, steps, columns);
    float last = first;
    for (int t = 0; t < steps; t++, x += columns)
        last = *x == *x ? *x : last;
    const float slope = steps > 1 ? (last - first) / (float)(steps - 1) : 0.0f;
    for (int h = 0; h < horizon; h++)
        y[h] = last + (float)(h + 1) * slope;
}
""",
    "mean_before": """
/* The mean of a column of x; what is missing is as it was before. */
static void mean_before(const float *x, int steps, int columns, int horizon, float *y)
{
    float before = known_first(x, steps, columns), mean = 0.0f;
    for (int t = 0; t < steps; t++, x += columns) {
        before = *x == *x ? *x : before;
        mean += (before - mean) / (float)(t + 1);
    }
    for (int h = 0; h < horizon; h++)
        y[h] = mean;
}
""",
    "counted": """
/* How many numbers of a column of x are no larger than most; what is missing is as it was before. */
static int counted(const float *x, int steps, int columns, float most)
{
    float before = known_first(x, steps, columns);
    int count = 0;
    for (int t = 0; t < steps; t++, x += columns) {
        before = *x == *x ? *x : before;
        count += before <= most;
    }
    return count;
}
""",
    "median_before": """
/* The number of a column of x that rank others come before: between numbers of which it is known, halved. */
static float ranked(const float *x, int steps, int columns, int rank)
{
    float low = known_first(x, steps, columns), high = low;
    for (int t = 0; t < steps; t++) {
        const float value = x[(size_t)t * (size_t)columns];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    if (counted(x, steps, columns, low) > rank)
        return low;
    for (;;) {
        const float middle = low + (high - low) / 2.0f;
        if (middle <= low || middle >= high)
            return high;
        if (counted(x, steps, columns, middle) > rank)
            high = middle;
        else
            low = middle;
    }
}

/* The median of a column of x. */
static void median_before(const float *x, int steps, int columns, int horizon, float *y)
{
    const float below = ranked(x, steps, columns, (steps - 1) / 2), above = ranked(x, steps, columns, steps / 2);
    for (int h = 0; h < horizon; h++)
        y[h] = (below + above) / 2.0f;
}
""",
    "filled": """
/* The number of a column of x at a step; where it is missing, as it was before, or as it is first. */
static double filled(const float *x, int columns, int t, float first)
{
    for (; t >= 0; t--) {
        const float value = x[(size_t)t * (size_t)columns];
        if (value == value)
            return value;
    }
    return first;
}
""",
    "number": """
/* The same, or its logarithm, where it has one. */
static double number(const float *x, int columns, int t, float first, int logs)
{
    const double value = filled(x, columns, t, first);
    return logs ? (value > 0.0 ? (double)log_of((float)value) : 0.0) : value;
}
""",
    "seasonal_pattern": """
/* What to divide each step of a season by, unless times is NULL, and what to take from it before: ones and zeros
   without a season, which is there where the autocorrelation at it is more than chance; else a centred moving average
   is taken off. */
static void seasonal_pattern(const float *x, int begin, int steps, int columns, float first, int logs, int season,
                             float *times, float *plus)
{
    double mean = 0.0, power = 0.0, others = 0.0, at_season = 0.0, sum = 0.0;
    int positive = times != NULL;
    for (int i = 0; i < season; i++) {
        plus[i] = 0.0f;
        if (times)
            times[i] = 1.0f;
    }
    if (season < 2 || steps < 2 * season)
        return;
    for (int t = 0; t < steps; t++) {
        const double value = number(x, columns, begin + t, first, logs);
        mean += value / steps;
        positive = positive && value > 0.0;
    }
    for (int lag = 0; lag <= season; lag++) {
        double both = 0.0;
        for (int t = lag; t < steps; t++)
            both += (number(x, columns, begin + t, first, logs) - mean)
                * (number(x, columns, begin + t - lag, first, logs) - mean);
        if (lag == 0)
            power = both > 1e-300 ? both : 1e-300;
        else if (lag < season)
            others += both / power * (both / power);
        else
            at_season = both / power;
    }
    if (!(at_season * at_season > SEASONAL * SEASONAL * (1.0 + 2.0 * others) / steps))
        return;
    const int half = season / 2, even = season % 2 == 0;
    for (int phase = 0; phase < season; phase++) {
        double apart = 0.0;
        int count = 0;
        for (int t = half; t < steps - half; t++) {
            if (t % season != phase)
                continue;
            double trend = 0.0;
            for (int k = -half; k <= half; k++)
                trend += (even && (k == -half || k == half) ? 0.5 : 1.0)
                    * number(x, columns, begin + t + k, first, logs);
            const double value = number(x, columns, begin + t, first, logs);
            apart += positive ? value / (trend / season) : value - trend / season;
            count++;
        }
        (positive ? times : plus)[phase] = (float)(apart / count);
        sum += apart / count;
    }
    for (int i = 0; i < season; i++)
        if (positive)
            times[i] = (float)(times[i] / (sum / season));
        else
            plus[i] = (float)(plus[i] - sum / season);
}
""".replace("SEASONAL", str(SEASONAL)),
    "of_theta": """
/* Exponential smoothing of a column of x without its season, and a share of the slope of its straight line as drift; a
   share below zero stands for the best one, from 0 to 1. The rate is the one with the least squared error. pattern has
   room for two seasons. */
static void of_theta(const float *x, int steps, int columns, int season, int horizon, double share, float *pattern,
                     float *y)
{
    static const double rates[] = {RATES};
    const int begin = steps > MEMORY ? steps - MEMORY : 0, count = steps - begin;
    const float first = known_first(x, steps, columns);
    float *times = pattern, *plus = pattern + season;
    seasonal_pattern(x, begin, count, columns, first, 0, season, times, plus);
    double sum = 0.0, moment = 0.0;
    for (int t = 0; t < count; t++) {
        const double value = (filled(x, columns, begin + t, first) - plus[t % season]) / times[t % season];
        sum += value;
        moment += t * value;
    }
    const double spread = count * ((double)count * count - 1.0) / 12.0;
    const double slope = count > 1 ? (moment - (count - 1) / 2.0 * sum) / spread : 0.0;
    double least = 0.0, level = 0.0, behind = 0.0, drift = 0.0;
    for (int k = 0; k < (int)(sizeof rates / sizeof *rates); k++) {
        double smoothed = 0.0, lag = 0.0, error = 0.0, along = 0.0, length = 0.0, own = share;
        for (int t = 0; t < count; t++) {
            const double value = (filled(x, columns, begin + t, first) - plus[t % season]) / times[t % season];
            const double missed = t ? value - smoothed : 0.0;
            smoothed = t ? smoothed + rates[k] * missed : value;
            error += missed * missed;
            along += missed * lag;
            length += lag * lag;
            lag = 1.0 + (1.0 - rates[k]) * lag;
        }
        if (share < 0.0) {
            own = slope * length != 0.0 ? along / (slope * length) : 0.0;
            own = own < 0.0 ? 0.0 : own > 1.0 ? 1.0 : own;
            error += own * slope * (own * slope * length - 2.0 * along);
        }
        if (k == 0 || error < least) {
            least = error;
            level = smoothed;
            behind = lag;
            drift = own * slope;
        }
    }
    for (int h = 0; h < horizon; h++) {
        const int phase = (count + h) % season;
        y[h] = (float)((level + drift * (h + behind)) * times[phase] + plus[phase]);
    }
}
""".replace("RATES", listed(RATES.tolist())).replace("MEMORY", str(MEMORY)),
    "theta": """
/* The Theta method. */
static void theta(const float *x, int steps, int columns, int season, int horizon, float *pattern, float *y)
{
    of_theta(x, steps, columns, season, horizon, HALF, pattern, y);
}
""".replace("HALF", str(HALF)),
    "optimised_theta": """
/* The Theta method with the best share of the slope. */
static void optimised_theta(const float *x, int steps, int columns, int season, int horizon, float *pattern, float *y)
{
    of_theta(x, steps, columns, season, horizon, -1.0, pattern, y);
}
""",
    "smoothed_with_season": """
/* Exponential smoothing of a level, a damped slope and a season, of numbers or their logarithms: how much they take
   over of each error is what has the least squared error, which is returned. pattern has room for two seasons. */
static double smoothed_with_season(const float *x, int begin, int steps, int columns, float first, int logs, int season,
                                   int horizon, float *pattern, float *y)
{
    static const double levels[] = {LEVELS}, slopes[] = {SLOPES}, dampings[] = {DAMPINGS}, seasons[] = {SEASONS};
    enum { L = sizeof levels / sizeof *levels, S = sizeof slopes / sizeof *slopes };
    enum { D = sizeof dampings / sizeof *dampings, OWN = sizeof seasons / sizeof *seasons };
    float *own = pattern + season;
    double least = 0.0;
    seasonal_pattern(x, begin, steps, columns, first, logs, season, NULL, pattern);
    for (int choice = 0; choice < L * S * D * OWN; choice++) {
        const double a = levels[choice / (S * D * OWN)], b = a * slopes[choice / (D * OWN) % S];
        const double d = dampings[choice / OWN % D], g = seasons[choice % OWN];
        double level = number(x, columns, begin, first, logs) - pattern[0], slope = 0.0, error = 0.0;
        for (int i = 0; i < season; i++)
            own[i] = pattern[i];
        for (int t = 0; t < steps; t++) {
            slope *= d;
            level += slope;
            const double missed = number(x, columns, begin + t, first, logs) - level - own[t % season];
            error += missed * missed;
            level += a * missed;
            slope += b * missed;
            own[t % season] = (float)(own[t % season] + g * missed);
        }
        if (choice && error >= least)
            continue;
        least = error;
        for (int h = 0; h < horizon; h++) {
            slope *= d;
            level += slope;
            y[h] = (float)(level + own[(steps + h) % season]);
        }
    }
    return least;
}
""".replace("LEVELS", listed(LEVELS))
    .replace("SLOPES", listed(SLOPES))
    .replace("DAMPINGS", listed(DAMPINGS))
    .replace("SEASONS", listed(SEASONS)),
    "holt_winters": """
/* Holt-Winters, of logarithms where those are likelier: an error in them is worth the geometric mean. */
static void holt_winters(const float *x, int steps, int columns, int season, int horizon, float *pattern, float *y)
{
    const int begin = steps > LATEST ? steps - LATEST : 0, count = steps - begin;
    const float first = known_first(x, steps, columns);
    const double added = smoothed_with_season(x, begin, count, columns, first, 0, season, horizon, pattern, y);
    double sum = 0.0;
    for (int t = 0; t < count; t++) {
        if (!(filled(x, columns, begin + t, first) > 0.0))
            return;
        sum += number(x, columns, begin + t, first, 1);
    }
    const double worth = exp_of((float)(sum / count));
    if (worth * worth * smoothed_with_season(x, begin, count, columns, first, 1, season, horizon, pattern, y) < added)
        for (int h = 0; h < horizon; h++)
            y[h] = exp_of(y[h]);
    else
        smoothed_with_season(x, begin, count, columns, first, 0, season, horizon, pattern, y);
}
""".replace("LATEST", str(LATEST)),
    "towards": """
/* A base forecast, standardised, moved by a share towards the one in y, which is in the unit of its column. */
static void towards(const float *base, int horizon, float share, float mean, float unit, float *y)
{
    for (int h = 0; h < horizon; h++)
        y[h] = base[h] + share * ((y[h] - mean) / unit - base[h]);
}
""",
    "horizon": """
/* What a decoder begins with for each segment: its own vector, that of its column, and W times what is given ahead. */
static void horizon(const float *places, const float *column, const float *weight, const float *ahead, int given,
                    int count, int size, int width, float *y)
{
    for (int m = 0; m < count; m++)
        for (int i = 0; i < size; i++, y++) {
            *y = places[m * size + i] + (column ? column[i] : 0.0f);
            for (int k = 0; weight && k < width && m * width + k < given; k++)
                *y += weight[i * width + k] * ahead[m * width + k];
        }
}
""",
    "forecast": """
/* Scores, or none, in the unit of their column; all but the first of a step are quantiles, and put in order. */
static void forecast(const float *x, int steps, int size, float trust, const float *shifts, const float *base,
                     float scale, float mean, float unit, float *y)
{
    for (int h = 0; h < steps; h++, y += size)
        for (int i = 0; i < size; i++) {
            const float score = x ? trust * x[h * size + i] : 0.0f;
            const float number = (base[h] + scale * (score + shifts[h * size + i])) * unit + mean;
            int k = i;
            for (; k > 1 && y[k - 1] > number; k--)
                y[k] = y[k - 1];
            y[k] = number;
        }
}
""",
    "look": """
/* A step in a softmax-weighted sum that grows: total and sum are relative to e^top. */
static void look(const float *score, const float *hidden, int units, const float *x, int size,
                 float *top, float *total, float *sum)
{
    float value = 0.0f;
    for (int i = 0; i < units; i++)
        value += score[i] * tanh_of(hidden[i]);
    if (!(*total > 0.0f))
        *top = value;
    if (value > *top) {
        const float less = exp_of(*top - value);
        *total *= less;
        for (int i = 0; i < size; i++)
            sum[i] *= less;
        *top = value;
    }
    const float weight = exp_of(value - *top);
    *total += weight;
    for (int i = 0; i < size; i++)
        sum[i] += weight * x[i];
}
""",
}

NEEDS = {
    "exp_of": ("expand",),
    "tanh_of": ("expand",),
    "sigmoid_of": ("exp_of",),
    "tanh_fixed": ("sigmoid_fixed",),
    "layer_norm": ("sqrt_of",),
    "of_year": ("days",),
    "of_week": ("days",),
    "of_day": ("days",),
    "since": ("log_of",),
    "recent": ("sqrt_of",),
    "normalise": ("sqrt_of",),
    "season_before": ("known_first",),
    "drift": ("known_first",),
    "mean_before": ("known_first",),
    "counted": ("known_first",),
    "median_before": ("counted",),
    "number": ("filled", "log_of"),
    "seasonal_pattern": ("number",),
    "smoothed_with_season": ("seasonal_pattern",),
    "holt_winters": ("known_first", "smoothed_with_season", "exp_of"),
    "of_theta": ("known_first", "seasonal_pattern"),
    "theta": ("of_theta",),
    "optimised_theta": ("of_theta",),
    "log_softmax": ("exp_of", "log_of"),
    "softmax": ("exp_of",),
    "sigmoids": ("sigmoid_of",),
    "look": ("exp_of", "tanh_of"),
}


def source_of(used: Iterable[str], *, libm: bool) -> str:
    """These functions and what they need, each before it is called; with ``libm`` its ``expf`` and ``tanhf``."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if not (libm and name in LIBM):
            for need in NEEDS.get(name, ()):
                add(need)
        ordered[name] = None

    for name in used:
        add(name)
    sources = {**OWN, **FUNCTIONS, **(LIBM if libm else {})}
    return "".join(sources[name] for name in sorted(ordered, key=lambda name: not sources[name].startswith("#")))
