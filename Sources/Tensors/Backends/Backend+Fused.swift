/// The fused operations as compositions of primitives: what a new backend starts from, and what every
/// fused kernel is tested against.
extension Backend {
  package func downloadFloats(_ x: Tensor) -> [Float] { download(x).map { Float($0) } }

  package func converted(_ x: Tensor, to precision: Precision) -> Tensor { x }

  package func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, saving: Bool
  ) -> (y: Tensor, derivative: Tensor?) {
    var y = product(x, weight.transposed())  // [N, M]
    if let bias { y = y + bias }
    switch activation {
    case .identity: return (y, nil)
    case .gelu: return (map(.gelu, y), saving ? map(.geluDerivative, y) : nil)
    case .relu:
      return (map(.relu, y), saving ? zip(.greater, y, full([], 0)) : nil)
    default: preconditionFailure("linear: \(activation) is an operation of its own")
    }
  }

  package func product(_ a: Tensor, _ b: Tensor, times factor: Tensor) -> Tensor {
    product(a, b) * factor
  }

  package func dropout(_ x: Tensor, _ dropout: Dropout) -> Tensor {
    x * dropoutMask(x.shape, dropout)
  }

  package func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let width = Double(x.shape[-1])
    let mean = affine(reduce(.sum, x, axis: -1), scale: 1 / width, shift: 0)  // […, 1]
    let centred = x - mean
    let variance = reduce(.sum, centred * centred, axis: -1)
    let deviation = map(.squareRoot, affine(variance, scale: 1 / width, shift: Double(epsilon)))
    let inverseDeviation = full([], 1) / deviation  // […, 1]
    return (centred * inverseDeviation * gain + bias, mean, inverseDeviation)
  }

  package func layerNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let width = x.shape[-1]
    let normalized = (x - mean) * inverseDeviation  // x̂
    let dNormalized = dy * gain
    // dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / σ
    let meanGradient = affine(
      reduce(.sum, dNormalized, axis: -1), scale: 1 / Double(width), shift: 0)
    let projection = affine(
      reduce(.sum, dNormalized * normalized, axis: -1), scale: 1 / Double(width), shift: 0)
    let dx = (dNormalized - meanGradient - normalized * projection) * inverseDeviation
    return (dx, sumOfRows(dy * normalized), sumOfRows(dy))
  }

  package func residualNorm(
    _ x: Tensor, _ y: Tensor, _ dropout: Dropout?, gain: Tensor, bias: Tensor, epsilon: Float
  ) -> (sum: Tensor, normalized: Tensor, mean: Tensor, inverseDeviation: Tensor) {
    let sum = x + (dropout.map { self.dropout(y, $0) } ?? y)
    let norm = layerNorm(sum, gain: gain, bias: bias, epsilon: epsilon)
    return (sum, norm.y, norm.mean, norm.inverseDeviation)
  }

  package func residualNormBackward(
    dSum: Tensor?, dNormalized: Tensor, _ sum: Tensor, _ dropout: Dropout?, gain: Tensor,
    mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dy: Tensor, dgain: Tensor, dbias: Tensor) {
    let norm = layerNormBackward(
      dNormalized, sum, gain: gain, mean: mean, inverseDeviation: inverseDeviation)
    let dx = dSum.map { norm.dx + $0 } ?? norm.dx
    return (dx, dropout.map { self.dropout(dx, $0) } ?? dx, norm.dgain, norm.dbias)
  }

  package func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, scale: Float, mask: AttentionMask, dropout: Dropout?,
    saving: Bool
  ) -> (y: Tensor, weights: Tensor?) {
    let allowed = maskTensor(mask, batch: q.shape[0], queries: q.shape[2], keys: k.shape[2])
    let scores = affine(product(q, k.transposed()), scale: Double(scale), shift: 0)  // [B, H, T, S]
    // Masked scores must not decide the maximum, and a row without any allowed key must become zeros.
    let hidden = affine(allowed, scale: 1e30, shift: -1e30)  // 0 where allowed, −10³⁰ where not
    let shifted = scores * allowed + hidden
    let exponentials = map(.exp, shifted - reduce(.maximum, shifted, axis: -1)) * allowed
    let total = reduce(.sum, exponentials, axis: -1)
    // A row that sees nothing has total 0; adding 1 there leaves its zeros zeros.
    let isEmpty = affine(reduce(.maximum, allowed, axis: -1), scale: -1, shift: 1)  // [B, 1, T, 1]
    let weights = exponentials / (total + isEmpty)
    let dropped = dropout.map { weights * dropoutMask(weights.shape, $0) } ?? weights
    return (product(dropped, v), saving ? weights : nil)
  }

  package func attentionBackward(
    _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, weights: Tensor, scale: Float,
    dropout: Dropout?, packing: AttentionPacking
  ) -> [Tensor] {
    let mask = dropout.map { dropoutMask(weights.shape, $0) }
    let dropped = mask.map { weights * $0 } ?? weights
    let dv = product(dropped.transposed(), dy)  // [B, H, S, E]
    var dweights = product(dy, v.transposed())  // [B, H, T, S]
    if let mask { dweights = dweights * mask }
    // Softmax: ds = p · (dp − Σ dp · p)
    let inner = reduce(.sum, dweights * weights, axis: -1)
    let dscores = affine(weights * (dweights - inner), scale: Double(scale), shift: 0)
    return packed(
      [product(dscores, k), product(dscores.transposed(), q), dv].map { $0.transposed(1, 2) },
      packing)
  }

  /// Returns `parts`, each [B, N, H, E], put together as `packing` says.
  package func packed(_ parts: [Tensor], _ packing: AttentionPacking) -> [Tensor] {
    var rest = parts[...]
    return packing.counts.map { count in
      let group = rest.prefix(count)
      rest = rest.dropFirst(count)
      guard count > 1 else { return group[group.startIndex] }
      let shape = group[group.startIndex].shape.dimensions  // [B, N, H, E]
      var whole = Tensor(
        uninitialized: Shape([shape[0], shape[1], count] + shape[2...]),
        group[group.startIndex].dtype, on: self)
      for (index, part) in group.enumerated() {
        let place = whole.layout.sliced(2, index..<(index + 1))
        copy(part.reshaped(place.shape), into: &whole, at: place)
      }
      return whole
    }
  }

  package func linearCrossEntropy(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, targets: Tensor, ignored: Int32,
    smoothing: Float, wantsGradients: Bool
  ) -> (loss: Tensor, gradients: (dx: Tensor, dweight: Tensor, dbias: Tensor?)?) {
    let classes = weight.shape[0]
    let counted = targets.integers().filter { $0 != ignored }.count
    let logits = linear(x, weight, bias, .identity, saving: false).y  // [N, V]
    let logProbabilities = logSoftmax(logits)
    let target = smoothedTargets(
      targets, classes: classes, ignored: ignored, smoothing: smoothing)
    let share = counted == 0 ? 0 : 1 / Double(counted)
    let each = reduce(.sum, target * logProbabilities, axis: -1)  // [N, 1]
    let loss = affine(reduce(.sum, each, axis: 0), scale: -share, shift: 0).reshaped([])
    guard wantsGradients else { return (loss, nil) }
    let mass = reduce(.sum, target, axis: -1)  // 1, or 0 where the target is ignored
    let dlogits = affine(map(.exp, logProbabilities) * mass - target, scale: share, shift: 0)
    return (
      loss,
      (
        product(dlogits, weight), product(dlogits.transposed(), x),
        bias == nil ? nil : sumOfRows(dlogits)
      )
    )
  }

  package func sumOfSquares(_ x: Tensor) -> Double {
    download(x).reduce(0) { $0 + $1 * $1 }
  }

  package func adamW(
    _ parameter: inout Tensor, gradient: Tensor, m: inout Tensor, v: inout Tensor, _ step: AdamWStep
  ) {
    let g = affine(gradient, scale: Double(step.gradientScale), shift: 0)
    m =
      affine(m, scale: Double(step.beta1), shift: 0)
      + affine(g, scale: 1 - Double(step.beta1), shift: 0)
    v =
      affine(v, scale: Double(step.beta2), shift: 0)
      + affine(g * g, scale: 1 - Double(step.beta2), shift: 0)
    let mHat = affine(m, scale: 1 / Double(step.correction1), shift: 0)
    let vHat = affine(v, scale: 1 / Double(step.correction2), shift: 0)
    let denominator = affine(map(.squareRoot, vHat), scale: 1, shift: Double(step.epsilon))
    let decayed = affine(parameter, scale: 1 - Double(step.rate) * Double(step.decay), shift: 0)
    parameter = decayed - affine(mHat / denominator, scale: Double(step.rate), shift: 0)
  }

  /// Returns a·b as a new tensor, in bfloat16 if an operand is.
  package func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    let shape = Shape(a.shape.dimensions.dropLast() + [b.shape[-1]])
    let dtype = a.dtype == .bfloat16 || b.dtype == .bfloat16 ? DType.bfloat16 : real
    var c = Tensor(uninitialized: shape, dtype, on: self)
    matmul(a, b, alpha: 1, beta: 0, into: &c)
    return c
  }

  /// Returns the sum of `x` […, D] over all axes but the last: [D].
  package func sumOfRows(_ x: Tensor) -> Tensor {
    let width = x.shape[-1]
    let rows = width == 0 ? 0 : x.shape.count / width
    return reduce(.sum, x.reshaped([rows, width]), axis: 0).reshaped([width])
  }

  /// Returns 1 where `mask` lets a query see a key, else 0: [B, 1, T, S].
  func maskTensor(_ mask: AttentionMask, batch: Int, queries: Int, keys: Int) -> Tensor {
    var allowed = [Float](repeating: 0, count: batch * queries * keys)
    for span in mask.spans ?? [] {
      for (number, t) in span.queries.enumerated() {
        let hidden = mask.isCausal ? span.queries.count - 1 - number : 0
        for s in span.keys.dropLast(hidden) { allowed[t * keys + s] = 1 }
      }
    }
    for b in 0..<(mask.spans == nil ? batch : 0) {
      let length = mask.keyLengths?[b] ?? keys
      for t in 0..<queries {
        let visible = mask.isCausal ? min(length, t + 1 + keys - queries) : length
        for s in 0..<max(0, visible) { allowed[(b * queries + t) * keys + s] = 1 }
      }
    }
    return upload(allowed, [batch, 1, queries, keys])
  }
}
