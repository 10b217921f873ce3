/// What computes: the primitives every operation is made of, and fused operations that a backend may
/// override.
///
/// Operands may have any layout; results are contiguous unless said otherwise, those on images and
/// elementwise ones without gaps in some order of their axes. Tensors arrive without a place on a tape: a
/// backend knows no gradients.
///
/// Real operands may be in any precision. Elementwise operations on operands of one precision keep it,
/// of several give float32; products with a bfloat16 operand round the others to it. Sums inside an
/// operation, norms, softmax and losses are float32 at least; reductions and losses return that.
package protocol Backend: AnyObject, Sendable {
  /// The element type of real tensors: float32 on the CPU, float64 in the reference.
  var real: DType { get }

  /// Returns memory of undefined contents.
  func makeStorage(byteCount: Int) -> Storage
  /// Returns a real tensor of `shape` with `values` in row-major order.
  func upload(_ values: [Float], _ shape: Shape) -> Tensor
  /// Returns an int32 tensor of `shape` with `values` in row-major order.
  func upload(_ values: [Int32], _ shape: Shape) -> Tensor
  /// Returns the elements of `x` in row-major order.
  func download(_ x: Tensor) -> [Double]
  /// Returns the elements of `x` in row-major order, rounded to single precision.
  func downloadFloats(_ x: Tensor) -> [Float]

  /// Returns `x` in `precision`, contiguous; a backend of one real type returns x.
  func converted(_ x: Tensor, to precision: Precision) -> Tensor

  // Primitives.

  /// Returns a tensor of `shape` filled with `value`.
  func full(_ shape: Shape, _ value: Double) -> Tensor
  /// Returns `x` with its elements in row-major order.
  func copy(_ x: Tensor) -> Tensor
  /// Writes `x` into the elements of `y` that `view` selects; x has the shape of the view.
  func copy(_ x: Tensor, into y: inout Tensor, at view: Layout)
  /// Returns f(x).
  func map(_ function: UnaryFunction, _ x: Tensor) -> Tensor
  /// Returns f(a, b), broadcasting both.
  func zip(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor
  /// Returns a where `mask` is not 0, else b, broadcasting all three.
  func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor
  /// Returns x · scale + shift.
  func affine(_ x: Tensor, scale: Double, shift: Double) -> Tensor
  /// y += x · scale; y is contiguous and of x's shape.
  func accumulate(_ x: Tensor, scale: Double, into y: inout Tensor)
  /// Returns the reduction of `x` along `axis`, which keeps size 1.
  func reduce(_ reduction: Reduction, _ x: Tensor, axis: Int) -> Tensor
  /// c = α·a·b + β·c for a [..., M, K], b [..., K, N] with equal leading axes, c [..., M, N] contiguous.
  /// With β = 0, c is not read.
  func matmul(_ a: Tensor, _ b: Tensor, alpha: Double, beta: Double, into c: inout Tensor)
  /// Returns rows `ids` (any shape […]) of `table` [V, D], times `scale`: […, D].
  func gather(_ table: Tensor, _ ids: Tensor, scale: Double) -> Tensor
  /// table[ids[n]] += scale · rows[n]; rows with equal ids are added in order of n.
  func scatterAdd(_ rows: Tensor, _ ids: Tensor, scale: Double, into table: inout Tensor)
  /// Returns for each row of `x` […, N] the index of its largest element, the first of equals: […] int32.
  func argMax(_ x: Tensor) -> Tensor
  /// Returns the `count` largest of each row of `x` […, N] in descending order, the first of equals first,
  /// and their indices: […, count] both, the second int32. A NaN counts as larger than every number.
  func topK(_ x: Tensor, _ count: Int) -> (values: Tensor, indices: Tensor)
  /// Returns y[…, k] = x[…, ids[…, k]] for ids […, K] int32.
  func takeAlong(_ x: Tensor, _ ids: Tensor) -> Tensor
  /// Returns the sums x[…, ids[…, k]] += rows[…, k] over zeros […, width].
  func putAlong(_ rows: Tensor, _ ids: Tensor, width: Int) -> Tensor
  /// Returns 0 or 1 / (1 − rate) for each element, drawn from `dropout.key`.
  func dropoutMask(_ shape: Shape, _ dropout: Dropout) -> Tensor

  /// Returns Σ W[o, c, i, j] x[b, c, place(h, i), place(w, j)] for images x [B, C, H, W] and W
  /// [O, C / G, h, w]: [B, O, H′, W′], each group of channels for itself, zeros outside the image.
  func convolution(_ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry) -> Tensor
  /// Returns for dy [B, O, H′, W′] and W [O, C / G, h, w] what each element of an image of `size`
  /// contributed to, [B, C, H, W]: the transpose of `convolution` as a linear map of its image.
  func transposedConvolution(
    _ dy: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor
  /// Returns Σ dy[b, o, h, w] x[b, c, place(h, i), place(w, j)]: [O, C / G, h, w], zeros for taps that
  /// are masked out.
  func convolutionWeightGradient(_ x: Tensor, _ dy: Tensor, _ geometry: ConvolutionGeometry)
    -> Tensor
  /// Returns numbers drawn from `distribution`, a pure function of the key and the place in the tensor.
  func random(_ distribution: Distribution, _ shape: Shape, key: UInt64) -> Tensor

  /// Returns Σ R[i, p] K[j, q] x[b, c, p, q]: images whose rows are mixtures R and whose columns are
  /// mixtures K of those of x.
  func resample(_ x: Tensor, rows: Mixture, columns: Mixture) -> Tensor
  /// Returns the largest element of each window of images, and its place in its plane, row · W + column,
  /// the first of equals: int32.
  func maxPool(_ x: Tensor, _ window: Window) -> (values: Tensor, switches: Tensor)
  /// Returns images of `size`, zeros but for the elements of x [B, C, H, W] at their places in their planes:
  /// the sum of what falls on one place, or the last of it in row-major order.
  func placed(_ x: Tensor, at switches: Tensor, in size: Extent, adding: Bool) -> Tensor
  /// Returns the elements of images `x` at places in their planes: of the switches' shape.
  func picked(_ x: Tensor, at switches: Tensor) -> Tensor

  // Fused operations, with default compositions of the primitives.

  /// Returns act(convolution + b), b [O]; the activation is the identity or relu.
  func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry
  ) -> Tensor
  /// Returns act(transposedConvolution + b), b [C]; the activation is the identity or relu.
  func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor
  /// Returns ds = dy where y = relu(s) is positive, else 0, or dy itself if there is no y; and if asked
  /// Σ ds over all but axis 1.
  func convolutionResultGradient(_ dy: Tensor, relu y: Tensor?, wantsBias: Bool) -> (
    ds: Tensor, dbias: Tensor?
  )
  /// Returns `x` laid out as convolutions read it, so that it is not laid out again for each.
  func arrangedForConvolution(_ x: Tensor) -> Tensor
  /// Returns tanh(a) σ(b) of the halves a and b along axis 1 of x, and if saving tanh(a) and σ(b) as halves
  /// of one tensor.
  func gated(_ x: Tensor, saving: Bool) -> (y: Tensor, gates: Tensor?)
  /// Returns the gradient of `gated`.
  func gatedBackward(_ dy: Tensor, gates: Tensor) -> Tensor

  /// Returns act(x Wᵀ + b) for x [N, K], W [M, K], b [M]: [N, M]; and act′(x Wᵀ + b) if `saving`, unless
  /// it is 1.
  func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, saving: Bool
  )
    -> (y: Tensor, derivative: Tensor?)
  /// Returns act(x Wᵀ + b) for x [N, K] and each of several W [M, K], b [M], side by side: [N, Σ M]; for
  /// inference. In float32 if asked, whatever the factors are in: sums are not rounded then.
  func linear(
    _ x: Tensor, _ maps: [(weight: Matrix, bias: Tensor?)], _ activation: Activation,
    inFloat32: Bool
  ) -> Tensor
  /// Returns what takes one position after another through decoder layers of `heads` heads, `norm` behind the last.
  func stepwiseDecoder(_ layers: [StepLayer], heads: Int, norm: StepLayer.Norm)
    -> any StepwiseDecoder
  /// Returns rows `ids` (any shape […]) of `table` [V, D], times `scale`, in `precision`: […, D].
  func gather(
    _ table: QuantizedMatrix, _ ids: Tensor, scale: Double, _ precision: Precision
  ) -> Tensor
  /// Returns (a·b) · factor, the latter elementwise, for matrices a [M, K] and b [K, N].
  func product(_ a: Tensor, _ b: Tensor, times factor: Tensor) -> Tensor
  /// Returns dy · f′(x) from what `function` keeps for it: x or f(x), see `UnaryFunction.keepsResult`.
  func mapBackward(_ function: UnaryFunction, _ dy: Tensor, _ kept: Tensor) -> Tensor
  /// Returns the loss of each element of x against that of t, which has its shape.
  func loss(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor
  /// Returns the sum of those losses, a scalar.
  func lossSum(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor
  /// Returns dy times the derivative of each loss by x; dy has their shape or is a scalar.
  func lossBackward(_ loss: ElementLoss, _ dy: Tensor, _ x: Tensor, _ t: Tensor) -> Tensor
  /// Returns softmax along the last axis.
  func softmax(_ x: Tensor) -> Tensor
  /// Returns y · (dy − Σ dy · y) with y the softmax.
  func softmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor
  /// Returns log softmax along the last axis.
  func logSoftmax(_ x: Tensor) -> Tensor
  /// Returns dy − eʸ · Σ dy with y the log softmax.
  func logSoftmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor
  /// Returns ln Σ eˣ along the last axis, which keeps size 1; −∞ where all are.
  func logSumExp(_ x: Tensor) -> Tensor
  /// Returns x · mask / (1 − rate).
  func dropout(_ x: Tensor, _ dropout: Dropout) -> Tensor
  /// Returns gain · (x − mean) / √(variance + ε) + bias along the last axis of x […, D], with mean and
  /// 1 / √(variance + ε) of each row […, 1].
  func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  /// Returns the gradients of `layerNorm`: dx […, D], dgain [D], dbias [D].
  func layerNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor)
  /// Returns s = x + dropout(y), its layer norm, and the norm's statistics as `layerNorm` does.
  func residualNorm(
    _ x: Tensor, _ y: Tensor, _ dropout: Dropout?, gain: Tensor, bias: Tensor, epsilon: Float
  ) -> (sum: Tensor, normalized: Tensor, mean: Tensor, inverseDeviation: Tensor)
  /// Returns the gradients of `residualNorm` from those of its sum, nil for none, and of its norm.
  func residualNormBackward(
    dSum: Tensor?, dNormalized: Tensor, _ sum: Tensor, _ dropout: Dropout?, gain: Tensor,
    mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dy: Tensor, dgain: Tensor, dbias: Tensor)
  /// Returns gain · (x − mean) / √(variance + ε) + bias for x [B, C, …] with gain and bias [C], mean and
  /// variance of each example's groups of C / `groups` channels; and mean and 1 / √(variance + ε), both
  /// [B, groups].
  func groupNorm(_ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  /// Returns the gradients of `groupNorm`: dx, dgain [C], dbias [C].
  func groupNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor)
  /// Returns the same with mean and variance of each channel over the batch and what is behind the
  /// channels; and mean, variance (the mean squared deviation) and 1 / √(variance + ε), all [C].
  func batchNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, variance: Tensor, inverseDeviation: Tensor)
  /// Returns the gradients of `batchNorm`: dx, dgain [C], dbias [C].
  func batchNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor)
  /// Returns gain · x / √(mean x² + ε) along the last axis of x […, D], and 1 / √(mean x² + ε) […, 1].
  func rmsNorm(_ x: Tensor, gain: Tensor, epsilon: Float) -> (y: Tensor, inverse: Tensor)
  /// Returns the gradients of `rmsNorm`: dx […, D], dgain [D].
  func rmsNormBackward(_ dy: Tensor, _ x: Tensor, gain: Tensor, inverse: Tensor)
    -> (dx: Tensor, dgain: Tensor)
  /// Returns softmax(q kᵀ · scale + mask) v for q [B, H, T, E], k, v [B, H, S, E], with dropout on the
  /// weights: y [B, H, T, E], laid out so that joining the heads needs no copy; and the weights
  /// [B, H, T, S] before dropout if `saving`. A query that may see nothing gets zeros.
  func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, dropout: Dropout?,
    saving: Bool
  ) -> (y: Tensor, weights: Tensor?)
  /// Returns the gradients of `attention` with respect to q, k and v, each [B, N, H, E], or put together
  /// as `packing` says.
  func attentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?, packing: AttentionPacking
  ) -> [Tensor]
  /// Returns the softmax of `scores` [B, H, T, S] over the keys that `mask` lets each query see, 0 for the
  /// others.
  func maskedSoftmax(_ scores: Tensor, mask: AttentionMask) -> Tensor
  /// Returns softmax(q kᵀ · scale + bias + mask) v as `attention` does, for a bias that broadcasts to
  /// [B, H, T, S]; and the weights before dropout.
  func biasedAttention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, bias: Tensor, scale: Float, mask: AttentionMask,
    dropout: Dropout?
  ) -> (y: Tensor, weights: Tensor)
  /// Returns the gradients of `biasedAttention`, the last that of q kᵀ · scale + bias [B, H, T, S].
  func biasedAttentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?
  ) -> (dq: Tensor, dk: Tensor, dv: Tensor, dscores: Tensor)
  /// Returns the cross entropy [N] of each row of softmax(x) for logits x [N, V] against `targets` [N]
  /// int32, 0 where the target is `ignored`, and ln Σ eˣ of the other rows [N].
  func crossEntropy(_ x: Tensor, targets: Tensor, ignored: Int32, smoothing: Float)
    -> (losses: Tensor, totals: Tensor)
  /// Returns dy · (softmax(x) − t) for dy [N] and what `crossEntropy` returned.
  func crossEntropyBackward(
    _ dy: Tensor, _ x: Tensor, targets: Tensor, totals: Tensor, ignored: Int32, smoothing: Float
  ) -> Tensor
  /// Returns the mean cross entropy of softmax(x Wᵀ + b) against `targets` [N] int32, over the targets
  /// that are not `ignored`, and if asked its gradients, without keeping the logits [N, V].
  /// Smoothing s takes s of the target's mass and spreads it over all V classes.
  func linearCrossEntropy(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, targets: Tensor, ignored: Int32,
    smoothing: Float, wantsGradients: Bool
  ) -> (loss: Tensor, gradients: (dx: Tensor, dweight: Tensor, dbias: Tensor?)?)
  /// Returns h, c′ and, if saving, the gates of an LSTM cell, from the gates' sums s […, 4 H] and c […, H];
  /// see `lstmCell`.
  func lstm(_ s: Tensor, _ c: Tensor, saving: Bool)
    -> (hidden: Tensor, cell: Tensor, gates: Tensor?)
  /// Returns the gradients of `lstm`, of which dCell or dHidden may be missing.
  func lstmBackward(
    gates: Tensor, _ c: Tensor, _ cell: Tensor, dCell: Tensor?, dHidden: Tensor?
  ) -> (ds: Tensor, dc: Tensor)
  /// Returns y and, if saving, the gates of a GRU cell, from the gates' sums x, u […, 3 H] and h […, H]; see
  /// `gruCell`.
  func gru(_ x: Tensor, _ u: Tensor, _ h: Tensor, saving: Bool) -> (y: Tensor, gates: Tensor?)
  /// Returns the gradients of `gru`.
  func gruBackward(_ dy: Tensor, gates: Tensor, _ u: Tensor, _ h: Tensor)
    -> (dx: Tensor, du: Tensor, dh: Tensor)
  /// Returns Σ x², accumulated in double precision in an order that no thread count changes.
  func sumOfSquares(_ x: Tensor) -> Double
  /// Moves `parameter` by one AdamW step; m and v are its moments.
  func adamW(
    _ parameter: inout Tensor, gradient: Tensor, m: inout Tensor, v: inout Tensor, _ step: AdamWStep
  )
}

extension Backend {
  /// The half-word below which a value is dropped: rate · 2¹⁶, at most the largest half-word.
  ///
  /// The mask is a pure function of the key, so that the CPU's kernels and the reference draw the same
  /// one: value i takes half-word i % 8 of Philox block i / 8 and is kept if it is not below this.
  package static func dropoutThreshold(_ rate: Float) -> UInt32 {
    UInt32(min(65_535, (Double(rate) * 65_536).rounded()))
  }
}
