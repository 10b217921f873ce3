extension Backend {
  package func crossEntropy(_ x: Tensor, targets: Tensor, ignored: Int32, smoothing: Float)
    -> (losses: Tensor, totals: Tensor)
  {
    let (rows, classes) = (x.shape[0], x.shape[1])
    let target = smoothedTargets(
      targets, classes: classes, ignored: ignored, smoothing: smoothing)
    let losses = affine(reduce(.sum, target * logSoftmax(x), axis: -1), scale: -1, shift: 0)
    return (losses.reshaped([rows]), logSumExp(x).reshaped([rows]))
  }

  package func crossEntropyBackward(
    _ dy: Tensor, _ x: Tensor, targets: Tensor, totals: Tensor, ignored: Int32, smoothing: Float
  ) -> Tensor {
    let (rows, classes) = (x.shape[0], x.shape[1])
    let target = smoothedTargets(
      targets, classes: classes, ignored: ignored, smoothing: smoothing)
    let mass = reduce(.sum, target, axis: -1)  // 1, or 0 where the target is ignored
    let probabilities = map(.exp, x - totals.reshaped([rows, 1]))
    return (probabilities * mass - target) * dy.reshaped([rows, 1])
  }

  /// Returns the distribution [N, V] that each target asks for: 1 − smoothing on its class and smoothing
  /// spread over all; zeros where it is `ignored`.
  func smoothedTargets(_ targets: Tensor, classes: Int, ignored: Int32, smoothing: Float) -> Tensor
  {
    let ids = targets.integers()
    var wanted = [Float](repeating: 0, count: ids.count * classes)
    for (row, id) in ids.enumerated() where id != ignored {
      for column in 0..<classes { wanted[row * classes + column] = smoothing / Float(classes) }
      wanted[row * classes + Int(id)] += 1 - smoothing
    }
    return upload(wanted, [ids.count, classes])
  }
}
