import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// An average of a model's weights, which may stand in for them while the model is judged and written.
///
/// What is not trained, such as running averages of a normalization, is not averaged: it stays the
/// model's own.
struct WeightAverage {
  private let parameters: [Parameter]
  private var values: [Tensor]  // in the parameters' order; the weights themselves while swapped

  private init(_ parameters: [Parameter], _ values: [Tensor]) {
    self.parameters = parameters
    self.values = values
  }

  /// Lets the averages and the weights change places; a second time brings each back, bit for bit.
  mutating func swap() {
    for (index, parameter) in parameters.enumerated() {
      parameter.update { value in Swift.swap(&value, &values[index]) }
    }
  }

  private static func trained(_ parameters: [Parameter]) -> [Parameter] {
    parameters.filter(\.isTrainable)
  }
}

// MARK: - Over the steps

extension WeightAverage {
  /// Begins an average over the steps at the weights as they are.
  init(from parameters: [Parameter]) {
    let trained = Self.trained(parameters)
    self.init(trained, trained.map { $0.tensor.backend.copy($0.tensor) })
  }

  /// Takes up the average that a checkpoint holds.
  init(_ checkpoint: Checkpoint, of parameters: [Parameter]) throws(Failure) {
    let trained = Self.trained(parameters)
    var values: [Tensor] = []
    for parameter in trained {
      values.append(try checkpoint.tensor(parameter.name, parameter.shape))
    }
    guard checkpoint.names.count == values.count else {
      throw Failure(
        .data,
        "\(checkpoint.path): expected \(values.count) tensors, found \(checkpoint.names.count): "
          + "checkpoint and model differ")
    }
    self.init(trained, values)
  }

  /// The averages by name, to be saved like weights.
  var state: [(name: String, tensor: Tensor)] {
    zip(parameters, values).map { ($0.name, $1) }
  }

  /// Moves the average after a step: ā ← d ā + (1 − d) w.
  ///
  /// The decay warms up, d = min(decay, (1 + n) / (10 + n)) after n steps before this one, so that the
  /// first weights are soon forgotten (as TensorFlow's ExponentialMovingAverage with `num_updates`).
  ///
  /// - Parameters:
  ///   - step: the number of the step that was made, from 1.
  ///   - decay: what d comes to.
  mutating func absorb(step: Int, decay: Double) {
    let before = Double(step - 1)
    let kept = min(decay, (1 + before) / (10 + before))
    for (index, parameter) in parameters.enumerated() {
      let weights = parameter.tensor
      var average = weights.backend.affine(values[index], scale: kept, shift: 0)
      average.backend.accumulate(weights, scale: 1 - kept, into: &average)
      values[index] = average
    }
  }
}

// MARK: - Over checkpoints

extension WeightAverage {
  /// Returns the mean of the weights as they are and of those in earlier checkpoints, as Vaswani et al.
  /// 2017, *Attention Is All You Need*, §6.1, average their last ones.
  ///
  /// - Parameters:
  ///   - parameters: what the model consists of.
  ///   - files: the weights of the earlier checkpoints, oldest first.
  /// - Returns: the mean.
  /// - Throws: a `Failure` if a file is damaged or of another model.
  static func mean(
    _ parameters: [Parameter], _ files: [String]
  ) throws(Failure) -> WeightAverage {
    let trained = trained(parameters)
    let share = 1 / Double(files.count + 1)
    var values = trained.map { $0.tensor.backend.full($0.shape, 0) }
    for file in files {
      let checkpoint = try Checkpoint(file)
      for (index, parameter) in trained.enumerated() {
        let weights = try checkpoint.tensor(parameter.name, parameter.shape)
        weights.backend.accumulate(weights, scale: share, into: &values[index])
      }
    }
    for (index, parameter) in trained.enumerated() {
      let weights = parameter.tensor
      weights.backend.accumulate(weights, scale: share, into: &values[index])
    }
    return WeightAverage(trained, values)
  }
}
