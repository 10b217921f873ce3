import SeqaeLayers
import SeqaeTensors

/// The loss of an objective over the batches of one step, and its gradients.
///
/// A loss is a mean over tokens, so that of all the batches together is Σ (tᵢ / Σ t) Lᵢ, and its gradient
/// is the same sum of theirs. No more than one batch's graph exists at a time.
struct AccumulatedLoss {
  /// The weighted mean of the losses.
  private(set) var value = 0.0
  /// The weighted means of the parts that a log shows.
  private(set) var terms = NamedSums()
  /// What every batch has for running averages, in the order of the batches.
  private(set) var statistics = Statistics()
  /// The weighted sum of the gradients.
  private(set) var gradients = Gradients()

  /// Adds what a batch gives, of which the tokens are `share` of all; a share of 1 changes no bit.
  mutating func add(
    _ loss: Loss, _ value: Double, _ gradients: Gradients, of parameters: [Parameter],
    share: Double
  ) {
    self.value += share * value
    for term in loss.terms { terms.add(term.name, share * term.value) }
    statistics.add(loss.statistics)
    guard share != 1 else {
      self.gradients = gradients
      return
    }
    for parameter in parameters {
      guard let gradient = gradients[parameter] else { continue }
      let backend = gradient.backend
      var sum = self.gradients[parameter] ?? backend.full(gradient.shape, 0)
      // So that there is one holder, and the sum is added to in place.
      self.gradients[parameter] = nil
      backend.accumulate(gradient, scale: share, into: &sum)
      self.gradients[parameter] = sum
    }
  }
}

/// Sums by name, in the order in which the names came.
struct NamedSums {
  private(set) var sums: [(name: String, value: Double)] = []

  /// Adds to the sum of a name.
  mutating func add(_ name: String, _ value: Double) {
    if let index = sums.firstIndex(where: { $0.name == name }) {
      sums[index].value += value
    } else {
      sums.append((name, value))
    }
  }
}
