// Makes Scripts/splits.json of the corpora: `swift run -c release splits DATA Scripts/splits.json`.

import Glibc
import SeqaeFiles
import SeqaeRecipes

/// Decides what is held out of each corpus, and lists what the hash rule alone would get wrong.
///
/// Prints the table of Documentation/Splits.md.
@main
struct MakeSplits {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else {
      try? Output.error.line("usage: splits DATA splits.json")
      exit(64)
    }
    do throws(Failure) {
      try make(data: arguments[1], output: arguments[2])
    } catch {
      try? Output.error.line(error.message)
      exit(error.kind.exitCode)
    }
  }

  static func make(data: String, output: String) throws(Failure) {
    var corpora: [DecidedCorpus] = []
    for corpus in RecordCorpus.known { corpora.append(try DecidedCorpus(corpus, in: data)) }
    var closure = Closure(corpora)
    closure.spreadHeldOut()
    closure.withhold()
    let splits = try closure.splits()
    let counts = closure.counts()
    try AtomicFile.write(output, bytes: document(splits, counts))
    for line in table(counts) { try Output.standard.line(line) }
    try Output.standard.line(closure.summary)
    try Output.standard.flush()
  }

  private static func document(_ splits: Splits, _ counts: [Counts]) -> [UInt8] {
    let rule = RecordCorpus.rule
    let corpora = counts.map { counts -> JSON in
      var members: [(key: ByteString, value: JSON)] = [
        ("files", .array(counts.files.map { JSON($0) }))
      ]
      for part in Splits.Part.allCases {
        members.append((ByteString(part.rawValue), .integer(counts.parts[part] ?? 0)))
      }
      return .object(JSONObject(members))
    }
    let json: JSON = [
      "seqae_splits": .integer(Splits.format),
      "about":
        "What of each corpus is held out: Documentation/Splits.md. A text is folded (NFKC_Casefold, then letters, marks and numbers only: Unicode categories L, M, N), its UTF-8 hashed with 64-bit FNV-1a. A hash that one of the lists of parts has decides; else the hash modulo modulus: below test_below test, below development_below development, the rest training. A training text one of whose folded sentences, of 24 bytes or more, is in the list of sentences is withheld. Lists hold the first bits of hashes, sorted, each as its distance from the one before it (less 1, but for the first) in Rice's code: a count of ones, a zero, and the low bits; highest bits first, in base64. The counts are of records. Made by: swift run -c release splits DATA Scripts/splits.json",
      "modulus": .integer(Int(rule.modulus)), "test_below": .integer(Int(rule.testBelow)),
      "development_below": .integer(Int(rule.developmentBelow)), "corpora": .array(corpora),
      "lists": splits.listsJSON,
    ]
    return json.serialized(pretty: true) + [UInt8(ascii: "\n")]
  }

  private static func table(_ counts: [Counts]) -> [String] {
    let head = [
      "| corpus | records | training | development | test | withheld | own part or hash | shared text "
        + "| sentence | goes with one |",
      "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return head
      + counts.map { counts in
        let parts = counts.parts
        let numbers =
          [
            parts.values.reduce(0, +), parts[.training] ?? 0, parts[.development] ?? 0,
            parts[.test] ?? 0, parts[.withheld] ?? 0,
          ] + Cause.allCases.map { counts.causes[$0] ?? 0 }
        return "| \(counts.name) | " + numbers.map { "\($0)" }.joined(separator: " | ") + " |"
      }
  }
}

/// Why a record is not for training.
enum Cause: CaseIterable {
  /// The set's own part, or the hash of its name or texts.
  case own
  /// A text of it is in a record that is held out.
  case sharedText
  /// It has a sentence of a held-out text.
  case sentence
  /// A text of it is in a record that is withheld.
  case withheldText
}

/// How many records of a corpus are in each part, and why.
struct Counts {
  let files: [String]
  var parts: [Splits.Part: Int] = [:]
  var causes: [Cause: Int] = [:]

  /// A name for people.
  var name: String {
    let first = files[0].hasSuffix(".gz") ? String(files[0].dropLast(3)) : files[0]
    return files.count > 1 ? "\(first) and \(files.count - 1) beside it" : first
  }
}
