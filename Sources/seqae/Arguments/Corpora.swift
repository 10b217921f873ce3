import SeqaeFiles
import SeqaeRecipes
import SeqaeText

extension TextEncoding: ArgumentChoice {}

/// The corpora that `--data` names, and how their bytes are to be read.
struct Corpora {
  private let names: [String]
  private let encoding: TextEncoding

  /// Reads `--data` and `--encoding`; `help` says what the corpora are for.
  init(_ arguments: inout Arguments, help: String) throws(Failure) {
    names = try arguments.options("--data", "FILE", help: help)
    encoding = try arguments.option(
      "--encoding", "NAME", default: .utf8,
      help: "of the corpora: " + TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))
  }

  /// Whether none is named.
  var isEmpty: Bool { names.isEmpty }

  /// The one file that is named, for a verb that takes its lines as they are and whose help says more.
  func single(for verb: String) throws(Failure) -> String {
    guard let name = names.first, names.count == 1 else {
      let found = names.isEmpty ? "" : ", found \(names.count) files"
      throw Failure(.usage, "expected --data FILE\(found) (seqae \(verb) --help)")
    }
    return name
  }

  /// The files that are named, for a verb that takes their lines as they are and whose help says more.
  func files(for verb: String) throws(Failure) -> [String] {
    guard !names.isEmpty else {
      throw Failure(.usage, "expected --data FILE… (seqae \(verb) --help)")
    }
    return names
  }

  /// The corpora.
  func sources() throws(Failure) -> [CorpusSource] {
    var sources: [CorpusSource] = []
    for name in names { sources.append(try CorpusSource(name, encoding: encoding)) }
    return sources
  }
}
