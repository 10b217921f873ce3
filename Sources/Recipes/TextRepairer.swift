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

  /// Hands on the repaired text of lines, of each the parts in order, as soon as they are known.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - minimumConfidence: the least probability of an edit; nil for the model's own.
  ///   - precision: what products are computed in; nil for what the model is best in.
  ///   - part: receives the number of a line and the next part of what it becomes.
  /// - Throws: what `part` throws.
  func repair(
    _ lines: [[UInt8]], minimumConfidence: Double?, precision: WeightPrecision?,
    part: (_ line: Int, _ text: [UInt8]) throws(Failure) -> Void
  ) throws(Failure)
}

extension TextRepairer {
  /// Hands on each line as one part.
  public func repair(
    _ lines: [[UInt8]], minimumConfidence: Double?, precision: WeightPrecision?,
    part: (_ line: Int, _ text: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let repairs = repair(lines, minimumConfidence: minimumConfidence, precision: precision)
    for (line, repair) in repairs.enumerated() { try part(line, repair.text) }
  }
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
