// Makes Scripts/splits.json of the corpora: `swift run -c release splits DATA Scripts/splits.json`.

import Glibc
import SeqaeFiles
import SeqaeRecipes

/// Decides what is held out of each corpus, and lists what the hash rule alone would not hold out.
///
/// A record takes the most held-out part of its lines (test before development before training), and
/// gives it to all of them; that is repeated until nothing changes. So the sides of a pair go together,
/// also where one of them occurs in several pairs or corpora.
@main
struct MakeSplits {
  struct Corpus {
    let path: String
    let columns: [Int]?  // from 1; nil for whole lines
    let isTest: Bool
  }

  static let corpora = [
    Corpus(path: "common-voice-sentences/en.txt.gz", columns: nil, isTest: false),
    Corpus(path: "common-voice-sentences/zh-CN.txt.gz", columns: nil, isTest: false),
    Corpus(path: "common-voice-sentences/zh-HK.txt.gz", columns: nil, isTest: false),
    Corpus(path: "common-voice-sentences/zh-TW.txt.gz", columns: nil, isTest: false),
    Corpus(path: "lctt-zh-sentences/sentences.txt.gz", columns: nil, isTest: false),
    Corpus(
      path: "zh-classical-modern/classical-modern.tsv.gz", columns: [2, 3], isTest: false),
    Corpus(path: "tatoeba-en-zh/tatoeba.tsv.gz", columns: [1, 2], isTest: false),
    Corpus(path: "ntrex-en-zh/ntrex.en-zh.tsv.gz", columns: [1, 2], isTest: true),
  ]

  // 0.8 % and 0.6 % of the lines: some 680 and 580 English ones, and 8,000 and 6,000 Chinese.
  static let (modulus, testBelow, developmentBelow): (UInt64, UInt64, UInt64) = (1000, 8, 14)

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
    let rule = Splits(modulus: modulus, testBelow: testBelow, developmentBelow: developmentBelow)
    var records: [[[UInt64]]] = []  // by corpus: the hashes of each record's lines
    var parts: [UInt64: Splits.Part] = [:]  // where a hash has left its own part
    for corpus in corpora {
      let hashes = try readRecords(Path.join(data, corpus.path), corpus.columns)
      if corpus.isTest { for hash in hashes.joined() { parts[hash] = .test } }
      records.append(hashes)
    }
    spread(records.joined(), rule, &parts)
    parts = parts.filter { rule.partByHash($0.key) != $0.value }
    let json = document(records, rule, parts)
    try AtomicFile.write(output, bytes: json)
  }

  static func readRecords(_ path: String, _ columns: [Int]?) throws(Failure) -> [[UInt64]] {
    var lines = try LineReader(path: path)
    var records: [[UInt64]] = []
    while let line = try lines.next() {
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      let texts = columns?.compactMap { $0 <= fields.count ? Array(fields[$0 - 1]) : nil } ?? [line]
      records.append(texts.map(Splits.fold).filter { !$0.isEmpty }.map(Splits.hash))
    }
    return records
  }

  /// Gives each record's most held-out part to all of its lines, until nothing changes.
  static func spread(
    _ records: some Sequence<[UInt64]>, _ rule: Splits, _ parts: inout [UInt64: Splits.Part]
  ) {
    let pairs = records.filter { $0.count > 1 }
    var isChanged = true
    while isChanged {
      isChanged = false
      for record in pairs {
        let most = mostHeldOut(record.map { parts[$0] ?? rule.partByHash($0) })
        guard most != .training else { continue }
        for hash in record where (parts[hash] ?? rule.partByHash(hash)) != most {
          parts[hash] = most
          isChanged = true
        }
      }
    }
  }

  static func mostHeldOut(_ parts: [Splits.Part]) -> Splits.Part {
    parts.contains(.test) ? .test : parts.contains(.development) ? .development : .training
  }

  /// The file, with a hash a line, so that changes can be read.
  static func document(
    _ records: [[[UInt64]]], _ rule: Splits, _ parts: [UInt64: Splits.Part]
  ) -> [UInt8] {
    let counts = zip(corpora, records).map { corpus, records -> JSON in
      let held = records.map { mostHeldOut($0.map { parts[$0] ?? rule.partByHash($0) }) }
      func count(_ part: Splits.Part) -> JSON { .integer(held.count { $0 == part }) }
      return [
        "file": JSON(corpus.path),
        "columns": corpus.columns.map { .array($0.map { .integer($0) }) } ?? .null,
        "training": count(.training), "development": count(.development), "test": count(.test),
      ]
    }
    func hashes(_ part: Splits.Part) -> JSON {
      let hashes = parts.filter { $0.value == part }.keys.sorted()
      return .array(
        hashes.map { hash in
          let digits = String(hash, radix: 16)
          return JSON(String(repeating: "0", count: 16 - digits.count) + digits)
        })
    }
    let json: JSON = [
      "seqae_splits": .integer(Splits.format),
      "about":
        "What of each corpus is held out. A line is folded (NFKC_Casefold by utf8proc, then letters, marks and numbers only: Unicode categories L, M, N), its UTF-8 hashed with 64-bit FNV-1a. A hash listed under test or development decides; else the hash modulo modulus: below test_below test, below development_below development, the rest training. A text without letters is training. Listed are the lines of records that are held out for another line's sake: the other side of a pair, and what a wholly held-out corpus contains. The counts are of records. Made by: swift run -c release splits DATA Scripts/splits.json",
      "modulus": .integer(Int(modulus)), "test_below": .integer(Int(testBelow)),
      "development_below": .integer(Int(developmentBelow)), "corpora": .array(counts),
      "test": hashes(.test), "development": hashes(.development),
    ]
    return json.serialized(pretty: true) + [UInt8(ascii: "\n")]
  }
}
