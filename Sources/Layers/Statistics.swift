import SeqaeTensors

/// What a forward pass saw that running averages shall take up after the step.
///
/// A layer returns them and changes nothing when called, so that a pass that only looks leaves no trace.
///
/// ```swift
/// let (y, statistics) = norm(x, mode)
/// // after the optimizer's step:
/// statistics.absorb()
/// ```
public struct Statistics {
  private var seen: [(parameter: Parameter, value: Tensor, share: Float)] = []

  /// Creates statistics of nothing.
  public init() {}

  /// Adds that `average` ← (1 − share) · average + share · value.
  ///
  /// - Parameters:
  ///   - value: what was seen; of the average's shape.
  ///   - average: a parameter that is not trained.
  ///   - share: the weight of what was seen, in [0, 1].
  public mutating func add(_ value: Tensor, to average: Parameter, share: Float) {
    precondition(
      value.shape == average.shape && !average.isTrainable && (0...1).contains(share),
      "\(average.name): statistics of \(value.shape) for \(average.shape), share \(share)")
    seen.append((average, value.detached(), share))
  }

  /// Adds those of another layer.
  public mutating func add(_ other: Statistics) { seen += other.seen }

  /// Moves each running average, in the order in which values were added.
  public func absorb() {
    for (average, value, share) in seen {
      average.update { $0 = $0 * (1 - share) + value * share }
    }
  }
}
