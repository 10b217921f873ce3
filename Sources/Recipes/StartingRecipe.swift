import SeqaeFiles

/// A recipe whose runs may start from a trained model, or must.
public protocol StartingRecipe: TextRecipe {
  /// Makes the run start from what is in a folder.
  ///
  /// - Parameter folder: that of a model or of a run.
  /// - Throws: a `Failure` if it is nothing to start from.
  mutating func start(fromFolder folder: String) throws(Failure)
}

/// A recipe whose runs may start from the weights of a model in place of random ones.
public protocol WeightStartingRecipe: StartingRecipe {
  /// Makes the run start from a model's weights, in its sizes and with its tokenizer.
  mutating func start(from model: ModelStart)
}

extension WeightStartingRecipe {
  /// Makes the run start from the weights in a folder.
  ///
  /// - Parameter folder: that of a model or of a run.
  /// - Throws: a `Failure` if there are none.
  public mutating func start(fromFolder folder: String) throws(Failure) {
    start(from: try ModelStart(folder))
  }

  /// Makes the run start from the model that its `training.json` names, if it names one.
  ///
  /// - Parameter json: the file's contents.
  /// - Throws: a `Failure` if the model is gone or has other weights by now.
  public mutating func start(recordedIn json: JSON) throws(Failure) {
    if let model = try ModelStart(recordedIn: json) { start(from: model) }
  }
}
