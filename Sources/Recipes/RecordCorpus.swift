import SeqaeFiles

/// A corpus as the splits see it: records of one or more texts that go together.
///
/// `CorpusSource` names what a recipe reads, a file or one of its columns; this names whole records, so
/// that the sides of a pair, the captions of an image or the parts of an article keep one part.
package struct RecordCorpus: Sendable {
  /// How a record's texts lie in a file.
  package enum Layout: Sendable, Equatable {
    /// A line is a text.
    case lines
    /// A line has texts in columns, from 1, separated by tabs.
    case columns([Int])
    /// A line is a JSON object with texts, or arrays of texts, as members.
    case members([String])
    /// The SMART system's markup: `.I` begins a record, `.T` and `.W` its title and text.
    case smart
  }

  /// What decides the part of the corpus's records.
  package enum Decision: Sendable, Equatable {
    /// All are in this part: the set's own.
    case part(Splits.Part)
    /// The hashes of all texts of a record, by a rule: what is held out most decides.
    case texts(Splits.Rule)
    /// The hash of a record's first text, by a rule.
    case first(Splits.Rule)
    /// The hash of a column's contents, which name a verse or an article, by a rule.
    case name(column: Int, Splits.Rule)
  }

  /// The files, which give their n-th lines to the n-th record.
  package let files: [String]
  package let layout: Layout
  package let decision: Decision

  /// Creates a corpus of files, relative to the folder of all corpora.
  package init(_ files: [String], _ layout: Layout, _ decision: Decision) {
    self.files = files
    self.layout = layout
    self.decision = decision
  }

  /// One record.
  package struct Record {
    /// What names it; nil unless the corpus is decided by name.
    package var name: [UInt8]?
    /// Its texts.
    package var texts: [[UInt8]]
  }

  /// Reads all records.
  ///
  /// - Parameters:
  ///   - folder: the folder of the corpora.
  ///   - body: receives each record, in order.
  /// - Throws: a `Failure` for a file that can't be read or whose lines are not as they should be.
  package func read(in folder: String, _ body: (Record) -> Void) throws(Failure) {
    let paths = files.map { Path.join(folder, $0) }
    if layout == .smart {
      for path in paths { try readSmart(path, body) }
      return
    }
    var readers: [LineReader] = []
    for path in paths { readers.append(try LineReader(path: path)) }
    while true {
      var record = Record(name: nil, texts: [])
      var ended = 0
      for index in readers.indices {
        guard let line = try readers[index].next() else {
          ended += 1
          continue
        }
        let place = "\(paths[index]): line \(readers[index].lineNumber)"
        try add(line, to: &record, place)
      }
      guard ended < readers.count else { return }
      guard ended == 0 else {
        throw Failure(
          .data, "\(paths.joined(separator: ", ")): the files have different numbers of lines")
      }
      body(record)
    }
  }

  private func add(_ line: [UInt8], to record: inout Record, _ place: String) throws(Failure) {
    switch layout {
    case .lines, .smart: record.texts.append(line)
    case .members(let keys):
      let object = try JSON.parse(line, name: place)
      for key in keys { record.texts += RecordCorpus.texts(object[ByteString(key)]) }
    case .columns(let columns):
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      func field(_ column: Int) throws(Failure) -> [UInt8] {
        guard column <= fields.count else {
          throw Failure(
            .data, "\(place): \(counted(fields.count, "column")), and no column \(column)")
        }
        return Array(fields[column - 1])
      }
      for column in columns { record.texts.append(try field(column)) }
      if case .name(let column, _) = decision { record.name = try field(column) }
    }
  }

  private static func texts(_ value: JSON?) -> [[UInt8]] {
    if let text = value?.stringValue { return [text.bytes] }
    return (value?.arrayValue ?? []).flatMap(texts)
  }

  /// Documents of several lines: what `.T` and `.W` introduce, lines joined by spaces.
  private func readSmart(_ path: String, _ body: (Record) -> Void) throws(Failure) {
    var lines = try LineReader(path: path)
    var record: Record?
    var isText = false
    while let line = try lines.next() {
      let isMark =
        line.count >= 2 && line[0] == UInt8(ascii: ".") && (0x41...0x5A).contains(line[1])
      guard isMark else {
        if isText, let last = record?.texts.indices.last {
          record?.texts[last] += line + [0x20]
        }
        continue
      }
      isText = line[1] == UInt8(ascii: "T") || line[1] == UInt8(ascii: "W")
      if line[1] == UInt8(ascii: "I") {
        if let record { body(record) }
        record = Record(name: nil, texts: [])
      } else if isText {
        record?.texts.append([])
      }
    }
    if let record { body(record) }
  }
}
