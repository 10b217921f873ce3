import SeqaeFiles
import SeqaeModels
import SeqaeText

/// The file of what a speller has counted: a safetensors file of integers.
enum SpellerCounts {
  /// Writes what was counted.
  static func write(_ knowledge: SpellerKnowledge, to path: String) throws(Failure) {
    let mistakes = knowledge.mistakes.flatMap {
      [UInt32($0.written), UInt32($0.meant), UInt32(clamping: $0.count)]
    }
    try SafetensorsWriter.write(
      path,
      entries: [
        integers("corpus", knowledge.corpus.slots), integers("mistakes", mistakes),
        longs("meant.keys", knowledge.meant.keys), integers("meant.counts", knowledge.meant.counts),
        longs("written.keys", knowledge.written.keys),
        integers("written.counts", knowledge.written.counts),
      ])
  }

  /// Reads what was counted.
  ///
  /// - Throws: a `Failure` for a file that holds anything else.
  static func read(_ path: String) throws(Failure) -> SpellerKnowledge {
    let file = try SafetensorsFile(path)
    func values<Value: FixedWidthInteger>(
      _ name: String, _ dtype: String, _ type: Value.Type
    ) throws(Failure) -> [Value] {
      guard let entry = file[ByteString(name)], entry.dtype == dtype, entry.shape.count == 1 else {
        throw Failure(.data, "\(path): has no row \(name) of \(dtype): is this a speller's folder?")
      }
      let bytes = file.bytes(of: entry)
      let size = MemoryLayout<Value>.size
      return withExtendedLifetime(file.file) {
        [Value](unsafeUninitializedCapacity: bytes.count / size) { values, count in
          count = bytes.count / size
          UnsafeMutableRawBufferPointer(values).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count * size)))
          for index in 0..<count { values[index] = Value(littleEndian: values[index]) }
        }
      }
    }
    func list(_ name: String) throws(Failure) -> NGramList {
      let keys = try values("\(name).keys", "I64", UInt64.self)
      let counts = try values("\(name).counts", "I32", UInt32.self)
      guard keys.count == counts.count, zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw Failure(.data, "\(path): \(name): keys out of order or without counts: it is damaged")
      }
      return NGramList(keys: keys, counts: counts)
    }
    guard let corpus = NGramTable(slots: try values("corpus", "I32", UInt32.self)) else {
      throw Failure(.data, "\(path): corpus: is no table of counts: the file is damaged")
    }
    let flat = try values("mistakes", "I32", UInt32.self)
    var mistakes: [(written: UInt16, meant: UInt16, count: Int)] = []
    for start in stride(from: 0, to: flat.count - 2, by: 3) {
      guard let written = UInt16(exactly: flat[start]), let meant = UInt16(exactly: flat[start + 1])
      else { throw Failure(.data, "\(path): mistakes: no characters: the file is damaged") }
      mistakes.append((written, meant, Int(flat[start + 2])))
    }
    return SpellerKnowledge(
      corpus: corpus, meant: try list("meant"), written: try list("written"), mistakes: mistakes)
  }

  private static func integers(_ name: String, _ values: [UInt32]) -> SafetensorsWriter.Entry {
    (
      name, "I32", [values.count],
      { (writer: inout FileWriter) throws(Failure) in
        try writer.write(values.map(\.littleEndian).withUnsafeBytes { Array($0) })
      }
    )
  }

  private static func longs(_ name: String, _ values: [UInt64]) -> SafetensorsWriter.Entry {
    (
      name, "I64", [values.count],
      { (writer: inout FileWriter) throws(Failure) in
        try writer.write(values.map(\.littleEndian).withUnsafeBytes { Array($0) })
      }
    )
  }
}
