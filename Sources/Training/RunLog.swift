import SeqaeFiles

/// The log of a run: one JSON object a line, appended; its numbers go to a file for TensorBoard too.
///
/// Lines of training hold `step`, `epoch`, `loss`, `tokens_per_second`, `rate`, `gradient_norm` and
/// `seconds` (of the whole run, resumed parts included); lines of validation hold `step`, `seconds`,
/// `validation`, an object of metrics, and `best`, whether the model was the best so far; `weights` says so
/// where a mean of checkpoints was judged.
public struct RunLog {
  private let path: String
  private let events: EventFile

  /// Opens the log of a run that begins.
  ///
  /// - Parameter path: the file, created empty.
  /// - Returns: the log.
  /// - Throws: a `Failure` if it can't be created.
  public static func create(_ path: String) throws(Failure) -> RunLog {
    try AtomicFile.write(path, bytes: [])
    return RunLog(path: path, events: try EventFile.create(in: Path.directory(path), after: nil))
  }

  /// Opens the log of a run that goes on, and cuts off what was reported after a step.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - step: the last step whose lines stay; a torn last line goes too.
  /// - Returns: the log.
  /// - Throws: a `Failure` if it can't be read or written.
  public static func resume(_ path: String, after step: Int) throws(Failure) -> RunLog {
    guard Path.exists(path) else { return try create(path) }
    var lines = try LineReader(path: path)
    var kept: [UInt8] = []
    while let line = try lines.next() {
      guard let json = try? JSON.parse(line, name: path), let at = json["step"]?.intValue,
        at <= step
      else { continue }
      kept += line + [UInt8(ascii: "\n")]
    }
    try AtomicFile.write(path, bytes: kept)
    return RunLog(path: path, events: try EventFile.create(in: Path.directory(path), after: step))
  }

  /// Appends a line, here and to the events.
  ///
  /// - Parameter line: an object.
  /// - Throws: a `Failure` if it can't be written.
  public func append(_ line: JSON) throws(Failure) {
    try AppendedFile.append(line.serialized() + [UInt8(ascii: "\n")], to: path)
    try events.append(line)
  }
}
