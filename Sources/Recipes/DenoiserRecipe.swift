import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// Trains a denoiser: `seqae train denoiser`.
public struct DenoiserRecipe: WeightStartingRecipe {
  /// What `training.json` and commands call it.
  public static let name = "denoiser"

  /// Corpora, limits and settings.
  public var plan: RunPlan<DenoiserConfiguration>
  /// What the weights are at first, and whose tokenizer is taken; nil for random weights.
  public private(set) var start: ModelStart?

  private static let defaultFolder = "../shared/data"  // beside the checkout

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<DenoiserConfiguration>) { self.plan = plan }

  /// The corpora that the shipped model is trained on, below the folder of all corpora.
  ///
  /// - Parameter folder: the folder of the corpora; nil for what `SEQAE_DATA` says, else
  ///   `../shared/data` if it is there.
  /// - Returns: the corpora.
  /// - Throws: `Failure(.missingInput)` if no folder is known.
  public static func defaultData(in folder: String? = nil) throws(Failure) -> [CorpusSource] {
    let named = try dataFolder(folder)
    let files: [(path: String, column: Int?)] = [
      ("common-voice-sentences/en.txt.gz", nil), ("common-voice-sentences/zh-CN.txt.gz", nil),
      ("common-voice-sentences/zh-HK.txt.gz", nil), ("common-voice-sentences/zh-TW.txt.gz", nil),
      ("lctt-zh-sentences/sentences.txt.gz", nil),
      ("zh-classical-modern/classical-modern.tsv.gz", 3),
      ("tatoeba-en-zh/tatoeba.tsv.gz", 1), ("tatoeba-en-zh/tatoeba.tsv.gz", 2),
      ("lctt-en-zh/paragraphs.tsv.gz", 2), ("python-docs-en-zh/entries.tsv.gz", 2),
      ("python-docs-en-zh/entries.tsv.gz", 3),
    ]
    return files.map { file in
      CorpusSource(
        path: Path.join(named, file.path), field: file.column.map { .column($0) } ?? .line)
    }
  }

  /// The folder of all corpora: `folder`, else what `SEQAE_DATA` says, else `../shared/data` if it is there.
  static func dataFolder(_ folder: String?) throws(Failure) -> String {
    let named = folder ?? getenv("SEQAE_DATA").map { String(cString: $0) } ?? defaultFolder
    guard !named.isEmpty, named != defaultFolder || Path.isDirectory(named) else {
      throw Failure(
        .missingInput, "no data: name corpora with --data, or their folder with SEQAE_DATA")
    }
    return named
  }

  /// Makes the run start from a model's weights, in its sizes and with its tokenizer.
  public mutating func start(from model: ModelStart) {
    start = model
    model.giveSizes(to: &configuration)
  }

  /// Checks the settings, and that the model that the run starts from is a denoiser of the same ones.
  ///
  /// - Throws: `Failure(.usage)`, `Failure(.data)` for another model.
  public func check() throws(Failure) {
    try configuration.check()
    try start?.requireDenoiser()
    try start?.check(configuration)
  }

  private func makeModel(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> DenoisingAutoencoder {
    var evidence: Evidence?
    if configuration.evidenceMegabytes > 0 {
      evidence = try start?.evidence(material.tokenizer)
      if evidence == nil {
        evidence = try Evidence.counted(
          material.data, material.tokenizer, megabytes: configuration.evidenceMegabytes, progress)
      }
    }
    let model = try DenoisingAutoencoder(
      try configuration.model(material.tokenizer), tokenizer: material.tokenizer,
      evidence: evidence, in: ParameterStore(.fresh(material.random.child("weights"))))
    try start?.giveWeights(to: model)
    return model
  }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  public func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<DenoisingAutoencoder, DenoiserExample> {
    let (model, masking) = try material.fitting { () throws(Failure) in
      (
        try makeModel(material, progress),
        try MaskNoise(rate: configuration.maskRate, tokenizer: material.tokenizer)
      )
    }
    let replacements = try ReplacementNoise(configuration)
    var makeExample = model.examples
    makeExample.highestNewShare = configuration.newShare
    let examples = try DenoiserExamples(
      material.data, configuration, makeExample, material.splits, masking)
    let validation: any RunValidation =
      configuration.noiseFamily == .spelling
      ? SpellingValidation(material.data, configuration, model)
      : DenoiserValidation(material.data, configuration, model)
    let denoiser = DenoiserDirectory(model, minimumConfidence: configuration.minimumConfidence)
    return PreparedRun(
      model: model, source: examples.batches(for: model, replacements),
      validate: { validation($0) }, samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in try denoiser.write(to: folder) })
  }
}
