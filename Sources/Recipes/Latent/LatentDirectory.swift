import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A model with sentence codes on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
///
/// ```swift
/// let model = try LatentDirectory.load("runs/vae").model
/// let ids = model.tokenizer.encode("a dog runs").ids
/// model.encode([ids]).mean  // [1, Z]
/// ```
public struct LatentDirectory {
  /// The model.
  public let model: any LatentModel

  /// Creates the directory's contents of a model.
  public init(_ model: any LatentModel) { self.model = model }

  /// Loads a model of any kind.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> LatentDirectory {
    let folder = try ModelFolder(path, recipe: VAERecipe.name)
    return try load(
      try LatentKind(json: folder.configuration, name: folder.name).model, folder)
  }

  private static func load<M: LatentModel>(
    _ type: M.Type, _ folder: ModelFolder
  ) throws(Failure) -> LatentDirectory {
    let configuration = try M.Configuration(json: folder.configuration, name: folder.name)
    return LatentDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try M(configuration, tokenizer: tokenizer, in: store)
      })
  }

  /// Writes the model, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    try ModelFolder.write(
      to: path, model.configuration.json, model.tokenizer, model.state, as: precision)
  }
}
