/// What a run of a recipe is given: corpora, tokens, limits and settings.
public struct RunPlan<Configuration: TextConfiguration>: Sendable {
  /// The corpora.
  public var data: [CorpusSource]
  /// The file that says what is held out; `Splits.find()` finds the program's own.
  public var splits: String
  /// The tokenizer's file; nil for one that the run trains on its own data.
  public var tokenizer: String?
  /// The most steps, nil for no such limit.
  public var steps: Int?
  /// The most minutes, nil for no such limit.
  public var minutes: Double?
  /// Sizes, noise, rates and so on.
  public var configuration = Configuration()

  /// Creates a plan with the default settings and limit.
  public init(data: [CorpusSource], splits: String) {
    self.data = data
    self.splits = splits
  }
}

extension SteppedRecipe {
  /// Creates a recipe with the default settings and limit.
  ///
  /// - Parameters:
  ///   - data: the corpora.
  ///   - splits: the file that says what is held out.
  public init(data: [CorpusSource], splits: String) {
    self.init(RunPlan(data: data, splits: splits))
  }

  /// The corpora.
  public var data: [CorpusSource] {
    get { plan.data }
    set { plan.data = newValue }
  }

  /// The file that says what is held out.
  public var splits: String {
    get { plan.splits }
    set { plan.splits = newValue }
  }

  /// The tokenizer's file; nil for one that the run trains on its own data.
  public var tokenizer: String? {
    get { plan.tokenizer }
    set { plan.tokenizer = newValue }
  }

  /// The most steps, nil for no such limit.
  public var steps: Int? {
    get { plan.steps }
    set { plan.steps = newValue }
  }

  /// The most minutes, nil for no such limit.
  public var minutes: Double? {
    get { plan.minutes }
    set { plan.minutes = newValue }
  }

  /// Sizes, noise, rates and so on.
  public var configuration: Configuration {
    get { plan.configuration }
    set { plan.configuration = newValue }
  }
}
