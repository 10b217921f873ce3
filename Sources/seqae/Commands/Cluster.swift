import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeText
import SeqaeTraining

extension Clustering.Method: ArgumentChoice {}
extension GaussianMixture.Covariance: ArgumentChoice {}

/// `seqae cluster`: which vectors or texts belong together.
struct Cluster: Command {
  static let name = "cluster"
  static let abstract = "Put vectors or texts into clusters, and compare these with known classes."
  static let discussion = """
    FILE has vectors, as a matrix of NumPy's (.npy) or JSON lines (.jsonl: arrays, or objects with one
    under "vector"), or texts, a line each, in a column (titles.tsv:2) or a member
    (titles.jsonl:title), which are compared by TF-IDF of their words or of characters in a row.

    kmeans takes the best of several starts; gmm fits Gaussians to vectors, from what kmeans has
    found, and --json gives the probability of each vector's cluster too. The number of a cluster
    means nothing: it is printed for each line, from 0.

    With --labels, the classes of the lines, it prints how well clusters and classes agree, in place
    of the clusters: nmi is the normalized mutual information (arithmetic), adjusted_rand the adjusted
    Rand index, accuracy the share that is right if each cluster stands for another class, purity the
    share in the largest class of their clusters.
    """
  static let example = [
    "$ seqae cluster titles.tsv:2 --clusters 15 --labels titles.tsv:1",
    "$ seqae cluster vectors.npy --method gmm --clusters 10 > clusters.txt",
  ]

  private let file: String
  private let encoding: TextEncoding
  private let clusters: Int?
  private let method: Clustering.Method
  private let starts: Int
  private let covariance: GaussianMixture.Covariance
  private let terms: TermKind
  private let maximumTerms: Int
  private let labels: String?
  private let output: String?
  private let seed: UInt64
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    file = try arguments.word("FILE", help: "the vectors or texts: FILE, FILE:COLUMN, FILE:MEMBER")
    clusters = try arguments.option(
      "--clusters", "K", within: 1...1_000_000, help: "how many clusters; to be given")
    method = try arguments.option(
      "--method", "NAME", default: .kmeans, help: "kmeans or gmm")
    starts = try arguments.option(
      "--starts", "N", default: 10, within: 1...100_000,
      help: "of how many starts kmeans keeps the best")
    covariance = try arguments.option(
      "--covariance", "FORM", default: .full, help: "of gmm's Gaussians: diagonal or full")
    terms = try arguments.option(
      "--terms", "KIND", default: .words,
      help: "what texts are compared by: words, or one and two characters")
    maximumTerms = try arguments.option(
      "--max-terms", "N", default: 20_000, within: 1...10_000_000,
      help: "by how many terms, the most frequent ones")
    labels = try arguments.option(
      "--labels", "FILE:COLUMN", help: "the classes of the lines, to compare the clusters with")
    output = try arguments.option(
      "--output", "FILE", standard: "standard output", help: "where the clusters go")
    seed = try arguments.option("--seed", "S", default: 1, help: "decides the starts")
    encoding = try arguments.option(
      "--encoding", "NAME", default: .utf8,
      help: "of texts: " + TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))
    common = try CommonOptions(&arguments)
    try arguments.refuse(["--covariance"], when: method == .kmeans, "without --method gmm")
    try arguments.refuse(["--starts"], when: method == .gmm, "with --method gmm")
  }

  func run() throws(Failure) -> Ending {
    guard let clusters else {
      throw Failure(.usage, "expected --clusters K (seqae cluster --help)")
    }
    common.apply()
    let input = try ClusteringInput(try CorpusSource(file, encoding: encoding))
    let classes = try classes(of: input)
    var options = Clustering.Options(clusters: clusters)
    (options.method, options.starts, options.covariance) = (method, starts, covariance)
    (options.maximumTerms, options.seed) = (maximumTerms, seed)
    options.terms = terms.terms
    let clustering: Clustering
    do throws(Failure) {
      clustering = try Clustering(input, options)
    } catch {
      throw error.located(in: file)
    }
    if let output {
      try AtomicFile.write(output) { writer throws(Failure) in
        for row in clustering.labels.indices {
          try writer.write(line(row, clustering) + [UInt8(ascii: "\n")])
        }
      }
    }
    if let classes {
      try write(clustering.agreement(with: classes) + clustering.metrics)
    } else if output == nil {
      for row in clustering.labels.indices {
        try Output.standard.line(line(row, clustering))
      }
    }
    return .done
  }

  private func classes(of input: ClusteringInput) throws(Failure) -> [ByteString]? {
    guard let labels else { return nil }
    let source = try CorpusSource(labels, encoding: encoding)
    let classes = try ClusteringInput.fields(of: source).map { ByteString($0) }
    guard classes.count == input.count else {
      throw Failure(
        .data,
        "\(source): expected a class for each of the \(input.count) of \(file), found \(classes.count)"
      )
    }
    return classes
  }

  private func line(_ row: Int, _ clustering: Clustering) -> [UInt8] {
    let label = clustering.labels[row]
    guard common.json else { return Array("\(label)".utf8) }
    var members: JSONObject = ["cluster": .integer(label)]
    if let probabilities = clustering.probabilities {
      members["probability"] = .number(probabilities[row])
    }
    return JSON.object(members).serialized()
  }

  private func write(_ metrics: [Metric]) throws(Failure) {
    if common.json {
      let result: JSON = ["task": "cluster", "metrics": Evaluate.object(metrics)]
      return try Output.standard.line(result.serialized())
    }
    let rows = metrics.map {
      [$0.name, $0.name == "iterations" ? fixed($0.value, 0) : fixed($0.value, 4)]
    }
    try Output.standard.write(Array(textTable(rows, left: [0]).utf8))
  }
}
