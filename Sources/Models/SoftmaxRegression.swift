// Multinomial logistic regression: p(c | x) = softmax(W x + b)_c, with a penalty of λ/2 ‖W‖² on the mean of
// −log p (Hastie, Tibshirani & Friedman 2009, *The Elements of Statistical Learning*, §4.4). What it gets right is
// what can be read off the features by a plane: the linear probe of Alain & Bengio 2017, *Understanding
// Intermediate Layers Using Linear Classifier Probes*.
//
// N: examples; F: features; C: classes.

import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// What a linear classifier reads of each example.
public enum ProbeFeatures: Sendable {
  /// Vectors [N, F].
  case dense(Tensor)
  /// How often each of `size` tokens occurs: the tokens of each example, in any order.
  case bags([[TokenID]], size: Int)

  /// N.
  public var count: Int {
    switch self {
    case .dense(let x): x.shape[0]
    case .bags(let bags, _): bags.count
    }
  }

  /// F.
  var width: Int {
    switch self {
    case .dense(let x): x.shape[1]
    case .bags(_, let size): size
    }
  }

  /// Returns the examples of some numbers, in their order.
  package func selecting(_ rows: [Int]) -> ProbeFeatures {
    switch self {
    case .dense(let x): .dense(x.selecting(rows))
    case .bags(let bags, let size): .bags(rows.map { bags[$0] }, size: size)
    }
  }
}

/// A linear classifier with its best weights.
public struct SoftmaxRegression {
  private let weight: Tensor  // Wᵀ [F, C]: a token's weights are a row
  private let bias: Tensor  // [C]

  /// Learns from examples, all at once, until nothing more is to be gained.
  ///
  /// - Parameters:
  ///   - features: of the examples.
  ///   - labels: the class of each, below `classes`.
  ///   - classes: C, 2 or more.
  ///   - penalty: λ, 0 or more.
  ///   - start: a classifier of the same features and classes that is near the best, such as that of another
  ///     penalty; it saves time and changes nothing.
  public init(
    _ features: ProbeFeatures, labels: [Int32], classes: Int, penalty: Float,
    from start: SoftmaxRegression? = nil
  ) {
    precondition(
      features.count == labels.count && !labels.isEmpty && classes > 1 && penalty >= 0,
      "SoftmaxRegression: \(features.count) examples, \(labels.count) labels, \(classes) classes, penalty "
        + "\(penalty)")
    let width = features.width
    let prepared = Prepared(features)
    let targets = Tensor(integers: prepared.order.map { labels[$0] }, [labels.count])
    let weight = Parameter(
      "weight", Tensor([Float](repeating: 0, count: width * classes), [width, classes]))
    let bias = Parameter("bias", Tensor([Float](repeating: 0, count: classes), [classes]))
    func set(_ x: [Double]) {
      weight.update { $0 = Tensor(x.prefix(width * classes).map { Float($0) }, [width, classes]) }
      bias.update { $0 = Tensor(x.suffix(classes).map { Float($0) }, [classes]) }
    }
    var method = LBFGS()
    method.tolerance = 1e-5  // of what float32 tells apart in a mean of cross entropies
    let nothing = [Double](repeating: 0, count: (width + 1) * classes)
    let best = method.minimum(from: start.map { $0.numbers } ?? nothing) { x in
      set(x)
      let (loss, gradients) = withGradients { () -> Tensor in
        let w = weight.tensor
        let logits = prepared.logits(w, bias.tensor)
        return crossEntropy(logits, targets: targets) + w.square().sum() * (penalty / 2)
      }
      let parts = [gradients[weight], gradients[bias]].map { $0?.doubles() ?? [] }
      return (loss.item(), parts.flatMap { $0 })
    }
    set(best)
    (self.weight, self.bias) = (weight.tensor, bias.tensor)
  }

  private var numbers: [Double] { weight.doubles() + bias.doubles() }

  /// Learns with each of some penalties and returns the classifier that does best.
  ///
  /// - Parameters:
  ///   - penalties: one or more, best from the highest on: each classifier starts from the one before, which is near.
  ///   - features: of the examples.
  ///   - labels: the class of each, below `classes`.
  ///   - classes: C, 2 or more.
  ///   - score: how well a classifier does; of equals the first is taken.
  /// - Returns: the classifier and its penalty.
  public static func best(
    of penalties: [Float], _ features: ProbeFeatures, labels: [Int32], classes: Int,
    score: (SoftmaxRegression) -> Double
  ) -> (classifier: SoftmaxRegression, penalty: Float) {
    precondition(!penalties.isEmpty, "SoftmaxRegression: no penalty to choose")
    let first = SoftmaxRegression(
      features, labels: labels, classes: classes, penalty: penalties[0])
    var best = (classifier: first, penalty: penalties[0])
    var (last, highest) = (first, score(first))
    for penalty in penalties.dropFirst() {
      last = SoftmaxRegression(
        features, labels: labels, classes: classes, penalty: penalty, from: last)
      let own = score(last)
      if own > highest { (best, highest) = ((last, penalty), own) }
    }
    return best
  }

  /// Returns the most probable class of each example.
  public func classes(of features: ProbeFeatures) -> [Int32] {
    let prepared = Prepared(features)
    let found = prepared.logits(weight, bias).argMax().integers()
    var classes = [Int32](repeating: 0, count: found.count)
    for (place, row) in prepared.order.enumerated() { classes[row] = found[place] }
    return classes
  }

  /// Returns log p(c | x) of each class, of each example.
  public func logPosteriors(of features: ProbeFeatures) -> [[Double]] {
    let prepared = Prepared(features)
    let (values, classes) = (
      prepared.logits(weight, bias).logSoftmax().doubles(), bias.shape[0]
    )
    var rows = [[Double]](repeating: [], count: prepared.order.count)
    for (place, row) in prepared.order.enumerated() {
      rows[row] = Array(values[place * classes..<(place + 1) * classes])
    }
    return rows
  }
}

/// Features as tensors: bags by the number of their tokens, so that none is padded.
private struct Prepared {
  /// The example at each row of the logits.
  let order: [Int]
  private let dense: Tensor?
  private let groups: [Tensor]  // ids [n, L], int32

  init(_ features: ProbeFeatures) {
    switch features {
    case .dense(let x):
      (order, dense, groups) = (Array(0..<x.shape[0]), x, [])
    case .bags(let bags, _):
      order = bags.indices.sorted { (bags[$0].count, $0) < (bags[$1].count, $1) }
      dense = nil
      var groups: [Tensor] = []
      var start = 0
      while start < order.count {
        let length = bags[order[start]].count
        var end = start
        while end < order.count, bags[order[end]].count == length { end += 1 }
        groups.append(
          Tensor(integers: order[start..<end].flatMap { bags[$0] }, [end - start, length]))
        start = end
      }
      self.groups = groups
    }
  }

  /// x W + b [N, C], in `order`.
  func logits(_ weight: Tensor, _ bias: Tensor) -> Tensor {
    if let dense { return matmul(dense, weight) + bias }
    let classes = weight.shape[1]
    let parts = groups.map { ids -> Tensor in
      let count = ids.shape[0]
      // An empty bag says nothing.
      guard ids.shape[1] > 0 else {
        return Tensor([Float](repeating: 0, count: count * classes), [count, classes])
      }
      return embedding(weight, ids).sum(1).reshaped([count, classes])
    }
    return concatenate(parts) + bias
  }
}
