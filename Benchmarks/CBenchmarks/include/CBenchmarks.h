// What the processor's arithmetic units can do at most: the ceiling that products are measured by.

#ifndef CBENCHMARKS_H
#define CBENCHMARKS_H

/// Multiplies and adds float32 vectors in registers for so many seconds and returns the operations
/// that the calling thread did in a second, a product and its sum counted as two; 0 where the
/// processor's vectors are not known here.
double cb_peak_f32(double seconds);

/// The same for products of bfloat16 pairs that are summed in float32; 0 where the processor has no
/// such instruction.
double cb_peak_bf16(double seconds);

#endif
