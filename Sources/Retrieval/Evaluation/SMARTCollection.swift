import SeqaeFiles

/// A collection in the form of the SMART system: marks at the beginning of lines say what follows.
///
/// `.I 12` begins a document or a query, `.T` its title, `.W` its text; `.A`, `.B` and others are not read.
struct SMARTCollection {
  private let documentsPath: String
  private let queriesPath: String
  private let judgementsPath: String

  /// Looks for the three files of a collection in a folder; nil if it has none of them.
  ///
  /// - Throws: `Failure(.missingInput)` if it has some.
  init?(_ folder: String) throws(Failure) {
    let names = try Path.list(folder).sorted { ByteString($0) < ByteString($1) }
    func path(_ matches: (String) -> Bool) -> String? {
      names.first { name in
        let name = name.lowercased()
        return matches(name.hasSuffix(".gz") ? String(name.dropLast(3)) : name)
      }.map { Path.join(folder, $0) }
    }
    let documents = path { $0.hasSuffix(".all") || $0.contains(".all.") }
    let queries = path { $0.hasSuffix(".qry") }
    let judgements = path { $0.hasSuffix(".rel") || $0.hasSuffix("qrel") }
    if documents == nil, queries == nil { return nil }
    guard let documents, let queries, let judgements else {
      throw Failure(
        .missingInput,
        "\(folder): a collection of SMART's has files .all, .qry and .rel: one of them is missing")
    }
    (documentsPath, queriesPath, judgementsPath) = (documents, queries, judgements)
  }

  /// Reads the documents.
  func documents() throws(Failure) -> [Document] {
    try Self.entries(documentsPath).map {
      Document(id: ByteString($0.id), title: $0.title, text: $0.text)
    }
  }

  /// Reads the queries: by their numbers, or where these have gaps by their places, as Cranfield's judgements do.
  func queries() throws(Failure) -> [(id: ByteString, text: [UInt8])] {
    let entries = try Self.entries(queriesPath)
    return entries.enumerated().map { (ByteString("\($0.offset + 1)"), $0.element.text) }
  }

  /// Reads the judgements: a query, perhaps a zero, a document, and what is known of it.
  ///
  /// Cranfield's `cranqrel` grades by a code from 1, a complete answer, to 4, of minimum interest, which become 4 to 1; −1 is the
  /// paper that the question came from, which was not judged and counts as not relevant. In the others all are of grade 1.
  func judgements() throws(Failure) -> [ByteString: RankingMetrics.Judgements] {
    let isCranfield = Path.lastComponent(judgementsPath).lowercased().hasPrefix("cranqrel")
    var lines = try LineReader(path: judgementsPath)
    var judgements: [ByteString: RankingMetrics.Judgements] = [:]
    while let line = try lines.next() {
      let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map {
        Int(String(decoding: $0, as: UTF8.self))
          ?? (Double(String(decoding: $0, as: UTF8.self)) == 0 ? 0 : nil)
      }
      if fields.isEmpty { continue }
      let isTREC = fields.count == 4 && fields[1] == 0 && fields[3] != 0
      guard fields.count >= 3, let query = fields[0], let document = fields[isTREC ? 2 : 1],
        let code = fields[isTREC ? 3 : 2]
      else {
        throw Failure(
          .data,
          "\(judgementsPath): line \(lines.lineNumber): expected the numbers of a query and a document, found "
            + ByteString(line).quoted)
      }
      let grade = isCranfield ? (1...4 ~= code ? 5 - code : 0) : 1
      judgements[ByteString("\(query)"), default: [:]][ByteString("\(document)")] = grade
    }
    return judgements
  }

  private struct Entry {
    var id: String
    var title: [UInt8] = []
    var text: [UInt8] = []
  }

  private static func entries(_ path: String) throws(Failure) -> [Entry] {
    var lines = try LineReader(path: path)
    var entries: [Entry] = []
    var mark: UInt8 = 0
    while let line = try lines.next() {
      if line.starts(with: Array(".I ".utf8)) {
        let digits = line.dropFirst(3).filter { $0 > 0x20 }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
          throw Failure(
            .data,
            "\(path): line \(lines.lineNumber): expected a number after .I, found \(ByteString(line).quoted)"
          )
        }
        entries.append(Entry(id: "\(number)"))
        mark = 0
        continue
      }
      let trimmed = line.prefix { $0 > 0x20 }
      if trimmed.count == 2, trimmed.first == UInt8(ascii: "."), (0x41...0x5A).contains(trimmed[1]),
        line.dropFirst(2).allSatisfy({ $0 <= 0x20 })
      {
        mark = trimmed[1]
        continue
      }
      guard let last = entries.indices.last else {
        throw Failure(
          .data, "\(path): line \(lines.lineNumber): expected .I and a number before any text")
      }
      switch mark {
      case UInt8(ascii: "T"): entries[last].title += line + [0x0A]
      case UInt8(ascii: "W"): entries[last].text += line + [0x0A]
      default: break
      }
    }
    for index in entries.indices {
      entries[index].title = trimmed(entries[index].title)
      entries[index].text = trimmed(entries[index].text)
    }
    return entries
  }

  private static func trimmed(_ text: [UInt8]) -> [UInt8] {
    Array(text.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
  }
}
