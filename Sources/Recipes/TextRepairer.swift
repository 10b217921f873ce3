import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// What repairs text, whatever it is made of.
public protocol TextRepairer {
  /// Returns the repair of each line.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - minimumConfidence: the least probability of an edit; nil for the model's own.
  ///   - precision: what products are computed in; nil for what the model is best in.
  /// - Returns: the repairs in order.
  func repair(_ lines: [[UInt8]], minimumConfidence: Double?, precision: WeightPrecision?)
    -> [Repair]
}

extension DenoiserDirectory: TextRepairer {}

/// Finds out what kind of model a folder holds.
public enum TextRepairers {
  /// Loads a denoiser or a speller.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if one is damaged.
  public static func load(_ path: String) throws(Failure) -> any TextRepairer {
    let json = try ModelFolder(path, recipe: DenoiserRecipe.name).configuration
    if SpellerDirectory.isSpeller(json) { return try SpellerDirectory.load(path, json) }
    return try DenoiserDirectory.load(path, json)
  }
}
