import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A model's folder that can be written anew.
public protocol StoredModel {
  /// Writes the model, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  func write(to path: String, as precision: WeightPrecision) throws(Failure)
}

extension DenoiserDirectory: StoredModel {}
extension ElectraDirectory: StoredModel {}
extension ClassifierDirectory: StoredModel {}
extension LanguageModelDirectory: StoredModel {}
extension LatentDirectory: StoredModel {}
extension EmbedderDirectory: StoredModel {}
extension BagOfWordsDirectory: StoredModel {}

/// Finds out what kind of model a folder holds.
public enum StoredModels {
  /// Loads a model of any kind but a speller, whose file is counts.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if one is damaged.
  public static func load(_ path: String) throws(Failure) -> any StoredModel {
    let folder = try ModelFolder(path, recipe: DenoiserRecipe.name)
    let type = folder.configuration["model_type"]?.stringValue?.string
    switch type {
    case BERTConfiguration.type.string?: return try EmbedderDirectory.load(path)
    case "seqae_speller":
      throw Failure(.data, "\(path): a speller is counts, which have no precision: copy its folder")
    case BagOfWordsDirectory.type: return try BagOfWordsDirectory.load(path)
    case "seqae_lm": return try LanguageModelDirectory.load(path)
    case "seqae_classifier": return try ClassifierDirectory.load(path)
    case "seqae_electra": return try ElectraDirectory.load(path)
    case let type? where type.hasPrefix("seqae_"): return try LatentDirectory.load(path)
    case _ where Translator.Configuration.isOne(folder.configuration):
      return try TranslatorDirectory.load(path)
    case _ where folder.configuration[DenoiserDirectory.confidenceKey] == nil:
      return try RewriterDirectory.load(path)
    default: return try DenoiserDirectory.load(path, folder.configuration)
    }
  }
}
