import Glibc
import SeqaeFiles
import SeqaeRecipes

/// Makes a collection for `evaluate retrieval` of a file of records, of which one column asks for the other: known-items
/// SPLITS FILE.tsv DOCUMENT QUERY MOST OUTPUT. No product.
///
/// Every record is a document. Of those of the test part, which no model of the project was trained on, up to MOST, evenly
/// spread, are asked for; documents that others repeat are left out, so that one is right.
@main
enum KnownItems {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    do throws(Failure) {
      guard words.count == 6, let document = Int(words[2]), let query = Int(words[3]),
        let most = Int(words[4]), min(document, query, most) > 0
      else { throw Failure(.usage, "expected SPLITS FILE.tsv DOCUMENT QUERY MOST OUTPUT") }
      let splits = try Splits(path: words[0])
      try write(try items(words[1], document, query, splits), most: most, to: words[5])
    } catch {
      try? Output.error.line("known-items: \(error.message)")
      exit(error.kind.exitCode)
    }
  }

  private struct Item {
    let document: [UInt8]
    let query: [UInt8]
    let isTest: Bool
  }

  private static func items(
    _ path: String, _ document: Int, _ query: Int, _ splits: Splits
  ) throws(Failure) -> [Item] {
    var lines = try LineReader(path: path)
    var items: [Item] = []
    var seen: Set<[UInt8]> = []
    while let line = try lines.next() {
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard max(document, query) <= fields.count else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): \(fields.count) columns, and no column "
            + "\(max(document, query))")
      }
      let texts = (Array(fields[document - 1]), Array(fields[query - 1]))
      guard seen.insert(texts.0).inserted else { continue }
      items.append(
        Item(
          document: texts.0, query: texts.1,
          isTest: splits.part(ofRecord: [texts.0, texts.1]) == .test))
    }
    return items
  }

  private static func write(_ items: [Item], most: Int, to output: String) throws(Failure) {
    let held = items.indices.filter { items[$0].isTest }
    guard !held.isEmpty else { throw Failure(.data, "no record is in the test part") }
    let count = min(most, held.count)
    let asked = (0..<count).map { held[held.count * $0 / count] }
    func line(_ members: JSON) -> [UInt8] { members.serialized() + [UInt8(ascii: "\n")] }
    let corpus = items.indices.flatMap { index in
      line(["_id": JSON("d\(index)"), "text": .string(ByteString(items[index].document))])
    }
    let queries = asked.flatMap { index in
      line(["_id": JSON("q\(index)"), "text": .string(ByteString(items[index].query))])
    }
    let judgements = asked.map { "q\($0)\td\($0)\t1\n" }.joined()
    try Path.makeDirectories(Path.join(output, "qrels"))
    try AtomicFile.write(Path.join(output, "corpus.jsonl"), bytes: corpus)
    try AtomicFile.write(Path.join(output, "queries.jsonl"), bytes: queries)
    try AtomicFile.write(
      Path.join(output, "qrels", "test.tsv"),
      bytes: Array(("query-id\tcorpus-id\tscore\n" + judgements).utf8))
  }
}
