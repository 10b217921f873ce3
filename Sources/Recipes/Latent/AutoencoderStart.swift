import SeqaeFiles
import SeqaeLatentSpace
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// The configuration of a recipe that starts from a trained autoencoder and has its sizes.
public protocol AutoencoderStartingConfiguration: LatentRecipeConfiguration {
  /// The autoencoder's run.
  var autoencoder: String { get set }
}

extension AutoencoderStartingConfiguration {
  /// Checks that there is an autoencoder to start from.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    guard !autoencoder.isEmpty else {
      throw Failure(
        .usage, "expected --from RUN, that of an autoencoder (seqae train autoencoder)")
    }
  }

  /// The setting that says where it starts from.
  static var autoencoderSetting: Setting<Self> {
    .folder(
      "autoencoder", \.autoencoder,
      "the autoencoder's run that it starts from, whose sizes and tokens it has; --from gives it")
  }
}

/// A recipe that starts from a trained autoencoder.
public protocol AutoencoderStartingRecipe: StartingRecipe
where
  Configuration: AutoencoderStartingConfiguration, Trained: LatentModel,
  Example == ReconstructionExample
{}

extension AutoencoderStartingRecipe {
  /// Makes the run start from an autoencoder, with its tokenizer.
  ///
  /// - Parameter folder: that of its run.
  public mutating func start(fromFolder folder: String) {
    configuration.autoencoder = Path.absolute(folder)
    tokenizer = Path.join(folder, ModelFolder.tokenizerName)
  }

  /// The autoencoder, as `training.json` records it; nil where there is none, which the start of a run will say.
  public var start: ModelStart? { try? ModelStart(configuration.autoencoder) }

  /// Checks that the autoencoder that `training.json` names is still what it was.
  ///
  /// - Parameter json: the file's contents.
  /// - Throws: a `Failure` if it is gone or has other weights by now.
  public mutating func start(recordedIn json: JSON) throws(Failure) {
    _ = try ModelStart(recordedIn: json)
  }

  /// The run of a model with the autoencoder's weights, and the codes of the texts with which it begins.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  ///   - count: how many codes there must be.
  ///   - sizes: the model's, by those of the autoencoder.
  /// - Returns: the run, the codes, one a row, and the texts.
  /// - Throws: a `Failure` where settings, data and autoencoder don't fit each other.
  func startedRun(
    _ material: RunMaterial, _ progress: Progress, atLeast count: Int,
    _ sizes: (SentenceAutoencoder.Configuration) -> Trained.Configuration
  ) throws(Failure) -> (
    run: PreparedRun<Trained, Example>, codes: DenseMatrix, texts: [ReconstructionBatch]
  ) {
    let start = try AutoencoderStart(configuration.autoencoder, material.tokenizer)
    let model = try Trained(
      sizes(start.model.configuration), tokenizer: material.tokenizer,
      in: ParameterStore(.fresh(material.random.child("weights"))))
    try start.give(to: model)
    let run = try PreparedRun(model, material, configuration, progress)
    let texts = try run.beginning(texts: AutoencoderStart.texts)
    return (run, try start.codes(texts, atLeast: count), texts)
  }
}

/// A trained autoencoder that another model starts from.
struct AutoencoderStart {
  // Texts whose codes say where clusters begin, and how far values lie from their mean.
  static let texts = 4096

  let model: SentenceAutoencoder
  private let folder: String

  /// Loads the autoencoder.
  ///
  /// - Parameters:
  ///   - folder: that of its run.
  ///   - tokenizer: what the run's tokenizer must be.
  /// - Throws: a `Failure` if there is none, it is told classes, or its tokens are others.
  init(_ folder: String, _ tokenizer: Tokenizer) throws(Failure) {
    guard let model = try LatentDirectory.load(folder).model as? SentenceAutoencoder else {
      throw Failure(
        .data, "\(folder): expected an autoencoder's run: train one with seqae train autoencoder")
    }
    guard model.configuration.latent.classes.isEmpty else {
      throw Failure(
        .data,
        "\(folder): this autoencoder is told classes: train one on texts alone, which knows none")
    }
    try EncoderStart.requireTokens(of: folder, tokenizer)
    self.model = model
    self.folder = folder
  }

  /// Gives a model the weights that the autoencoder has under the same names.
  ///
  /// - Throws: a `Failure` if one has another shape.
  func give(to other: some LatentModel) throws(Failure) {
    var own: [String: Parameter] = [:]
    for parameter in model.parameters { own[parameter.name] = parameter }
    for parameter in other.state {
      guard let start = own[parameter.name] else { continue }
      guard start.shape == parameter.shape else {
        throw Failure(
          .data,
          "\(folder): \(parameter.name) has the shape \(start.shape), not \(parameter.shape)")
      }
      parameter.update { $0 = start.tensor }
    }
  }

  /// Returns the codes of the texts of batches, one a row.
  ///
  /// - Parameters:
  ///   - batches: the texts.
  ///   - count: how many there must be.
  /// - Returns: the codes [N, Z].
  /// - Throws: `Failure(.data)` if there are fewer.
  func codes(
    _ batches: [ReconstructionBatch], atLeast count: Int
  ) throws(Failure) -> DenseMatrix {
    let texts = batches.reduce(0) { $0 + $1.count }
    guard texts >= count else {
      throw Failure(.data, "the data gives \(texts) texts to start from, fewer than \(count)")
    }
    return DenseMatrix(
      batches.flatMap { model.posterior($0).mean.doubles() }, columns: model.size)
  }
}

extension PreparedRun where M.Batch == ReconstructionBatch {
  /// Returns batches with which the run would begin, as many as have so many texts.
  ///
  /// - Parameter texts: how many; fewer if it is interrupted.
  /// - Returns: the batches.
  /// - Throws: a `Failure` if the data can't be read.
  func beginning(texts: Int) throws(Failure) -> [ReconstructionBatch] {
    var source = source  // a copy: the run begins where it would
    var batches: [ReconstructionBatch] = []
    while batches.reduce(0, { $0 + $1.count }) < texts,
      let batch = try source.next(while: { !Interruption.isRequested })
    {
      batches.append(batch.batch)
    }
    return batches
  }
}
