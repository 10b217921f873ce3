import SeqaeFiles
import SeqaeText

/// The file of what a denoiser reads beside its text: a safetensors file of integers, which is mapped and read where a
/// text asks for it.
enum EvidenceFile {
  private static let windows = "windows"
  private static let least = "least"
  private static let frequency = "frequency"
  private static let successors = "successors"
  private static let predecessors = "predecessors"
  private static let confusions = "confusions"
  private static let likenesses = "likenesses"

  /// Writes what was counted.
  static func write(_ evidence: Evidence, to path: String) throws(Failure) {
    let neighbours = evidence.neighbours
    try SafetensorsWriter.write(
      path,
      entries: [
        entry(windows, "U16", evidence.counts.slots),
        entry(least, "I32", SharedNumbers(evidence.counts.least)),
        entry(frequency, "U8", neighbours.frequency),
        entry(successors, "U16", neighbours.successors),
        entry(predecessors, "U16", neighbours.predecessors),
        entry(confusions, "U16", neighbours.confusions),
        entry(likenesses, "U8", neighbours.likenesses),
      ])
  }

  private static func entry<Number>(
    _ name: String, _ dtype: String, _ numbers: SharedNumbers<Number>
  ) -> SafetensorsWriter.Entry {
    (
      name, dtype, [numbers.count],
      { (writer: inout FileWriter) throws(Failure) in
        try writer.write(numbers.bytes)
      }
    )
  }

  /// Reads what was counted in the tokens of a tokenizer.
  ///
  /// - Throws: a `Failure` for a file that is missing, damaged or of another vocabulary.
  static func read(_ path: String, _ tokenizer: Tokenizer) throws(Failure) -> Evidence {
    let file = try SafetensorsFile(path)
    func numbers<Number>(
      _ name: String, _ dtype: String, _ type: Number.Type
    ) throws(Failure) -> SharedNumbers<Number> {
      guard let entry = file[ByteString(name)], entry.dtype == dtype, entry.shape.count == 1 else {
        throw Failure(
          .data, "\(path): has no row \(name) of \(dtype): is this a denoiser's folder?")
      }
      return SharedNumbers(file.bytes(of: entry), owner: file.file)
    }
    let least = try numbers(least, "I32", UInt32.self)
    guard
      let counts = WindowCounts(
        slots: try numbers(windows, "U16", UInt16.self), least: least.array)
    else { throw Failure(.data, "\(path): \(windows): is no table of counts: the file is damaged") }
    let vocabulary = tokenizer.vocabulary
    guard
      let neighbours = EvidenceNeighbours(
        count: vocabulary.count, frequency: try numbers(frequency, "U8", UInt8.self),
        successors: try numbers(successors, "U16", UInt16.self),
        predecessors: try numbers(predecessors, "U16", UInt16.self),
        confusions: try numbers(confusions, "U16", UInt16.self),
        likenesses: try numbers(likenesses, "U8", UInt8.self))
    else {
      throw Failure(
        .data,
        "\(path): is not of the \(vocabulary.count) tokens of tokenizer.json: the files are of two "
          + "models")
    }
    return try Evidence(counts, neighbours, of: tokenizer)
  }
}
