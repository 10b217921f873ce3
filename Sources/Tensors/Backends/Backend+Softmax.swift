extension Backend {
  package func softmax(_ x: Tensor) -> Tensor {
    let exponentials = map(.exp, x - reduce(.maximum, x, axis: -1))  // […, N]
    return exponentials / reduce(.sum, exponentials, axis: -1)
  }

  package func softmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor {
    y * (dy - reduce(.sum, dy * y, axis: -1))
  }

  package func logSoftmax(_ x: Tensor) -> Tensor { x - logSumExp(x) }

  package func logSoftmaxBackward(_ dy: Tensor, _ y: Tensor) -> Tensor {
    dy - map(.exp, y) * reduce(.sum, dy, axis: -1)
  }

  package func logSumExp(_ x: Tensor) -> Tensor {
    let largest = reduce(.maximum, x, axis: -1)  // […, 1]
    // −∞ − −∞ is no number: rows without any finite number are shifted by 0.
    let shift = select(zip(.equal, largest, full([], -.infinity)), full([], 0), largest)
    return shift + map(.log, reduce(.sum, map(.exp, x - shift), axis: -1))
  }
}
