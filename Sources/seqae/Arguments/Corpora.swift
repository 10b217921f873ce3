import SeqaeFiles
import SeqaeRecipes
import SeqaeText

extension TextEncoding: ArgumentChoice {}

/// The corpora that `--data` names, and how their bytes are to be read.
struct Corpora {
  private let names: [String]
  /// How their bytes are to be read.
  let encoding: TextEncoding

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

/// Pairs of texts in two files, a text in a line of the one and what is to be written of it in that of the other: what
/// `--source` and `--target` name.
struct AlignedFiles {
  /// The options that name them.
  static let options = ["--source", "--target"]

  private let sources: [String]
  private let targets: [String]

  /// Reads `--source` and `--target`.
  init(_ arguments: inout Arguments) throws(Failure) {
    sources = try arguments.options(
      "--source", "FILE", help: "the texts of pairs, a line each, beside or in place of --data")
    targets = try arguments.options(
      "--target", "FILE", help: "for each such file what is to be written of its lines")
    guard sources.count == targets.count else {
      throw Failure(
        .usage,
        "expected a --target for each --source, found \(targets.count) for \(sources.count)")
    }
  }

  /// Whether none is named.
  var isEmpty: Bool { sources.isEmpty }

  /// The corpora of pairs.
  ///
  /// - Parameter encoding: of the files.
  /// - Returns: one for each two files.
  func corpora(_ encoding: TextEncoding) -> [CorpusSource] {
    zip(sources, targets).map {
      CorpusSource(path: $0, field: .aligned(target: $1), encoding: encoding)
    }
  }
}
