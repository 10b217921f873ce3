import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// Texts of a corpus as they are, for the metrics of a model of them.
public struct EvaluatedTexts {
  /// The texts, UTF-8.
  public private(set) var texts: [[UInt8]] = []
  /// The class of each, where the corpus is FILE:CLASS,TEXT; else empty.
  public private(set) var labels: [ByteString] = []

  /// Reads the first texts of corpora.
  ///
  /// - Parameters:
  ///   - sources: the corpora.
  ///   - limit: how many at most of each.
  ///   - report: receives a line for each line that is left out as damaged.
  /// - Throws: a `Failure` if one can't be read.
  public init(
    _ sources: [CorpusSource], limit: Int, report: @escaping (String) -> Void
  ) throws(Failure) {
    for source in sources {
      var reader = try CorpusReader(source, report: report)
      var count = 0
      while count < limit, let record = try reader.nextRecord() {
        let text = AcceptedLines.trimmed(record.text[...])  // as they are learnt from
        guard !text.isEmpty else { continue }
        texts.append(text)
        if let label = record.noisy { labels.append(ByteString(label)) }
        count += 1
      }
    }
  }

  /// The number of words of a text: what stands between spaces.
  static func words(_ text: [UInt8]) -> Int { text.split(separator: 0x20).count }
}

/// How well a model with sentence codes knows texts, in the field's metrics.
public struct LatentEvaluation {
  /// How a model is evaluated.
  public struct Options: Sendable {
    /// K, the codes that are drawn of each text.
    public var draws = 100
    /// What the draws depend on.
    public var seed = 0
    /// What cuts texts into words for BLEU.
    public var words = BLEUTokenizer.mteval13a
    /// The steps by which each text gets a posterior of its own; 0 for none.
    public var inferenceSteps = 0

    /// Creates the usual options.
    public init() {}
  }

  // Texts of which the mutual information is estimated: the work grows with their square.
  private static let mostForInformation = 2000
  private static let batchTokens = 4096

  /// The metrics, those of one text in nats.
  public let metrics: [Metric]
  /// How many texts were left out since they are longer than the model's positions.
  public let tooLong: Int

  /// Evaluates a model.
  ///
  /// `elbo` is −`reconstruction` − `kl`. `nll` is −log p(x) by importance sampling from q(z | x), log p(x) ≈ log 1/K Σₖ
  /// p(x | zₖ) p(zₖ) / q(zₖ | x) (Burda et al. 2016, §3), whose expectation is an upper bound that falls with K; its
  /// standard error is that of the draws. `perplexity` is exp of it, or of −`elbo` where there are no draws, for a
  /// word, an end of each text counted as one; `token_perplexity` for a token. `mi` is I_q(x; z) = E log q(z | x) −
  /// log q(z), q(z) the mean of the texts' posteriors (Hoffman & Johnson 2016, *ELBO surgery*), at most the logarithm
  /// of their number. `bleu` is that of what is written from the codes, with the most probable tokens, and `exact` the
  /// share of the texts that it gives back byte for byte.
  ///
  /// With inference for each text (`PerTextInference`), `elbo_per_sentence` and `nll_per_sentence` are the same for its own
  /// posterior, found from the encoder's on, at draws with the same noise; `amortization_gap` is what that bound is higher by,
  /// and `approximation_gap` what it still misses of log p(x), as far as this is known: −`nll_per_sentence`, since draws of the
  /// better posterior tell more of it.
  ///
  /// - Parameters:
  ///   - directory: the model.
  ///   - data: the texts.
  ///   - options: draws and so on.
  /// - Throws: `Failure(.data)` if no text is left, a class is missing or unknown to the model, or inference for each text is
  ///   asked of a model without posteriors.
  public init(
    _ directory: LatentDirectory, _ data: EvaluatedTexts, _ options: Options = Options()
  ) throws(Failure) {
    let texts = LatentTexts(directory)
    var labels: [Int] = []
    if !texts.classes.isEmpty {
      guard data.labels.count == data.texts.count else {
        throw Failure(.usage, "this model is told classes: expected --data FILE:CLASS,TEXT")
      }
      for label in data.labels {
        guard let number = texts.classes.firstIndex(of: label) else {
          throw Failure(.data, "\(label.quoted) is no class of this model")
        }
        labels.append(number)
      }
    }
    (metrics, tooLong) = try Self.run(directory.model, data.texts, labels, options)
  }

  private static func run(
    _ model: some LatentModel, _ texts: [[UInt8]], _ labels: [Int], _ options: Options
  ) throws(Failure) -> ([Metric], Int) {
    let make = model.examples()
    var kept: [(text: [UInt8], example: ReconstructionExample)] = []
    for (row, text) in texts.enumerated() {
      let label = labels.isEmpty ? nil : labels[row]
      if let example = make(text, label: label, using: Random(seed: 0)) {
        kept.append((text, example))
      }
    }
    guard let some = kept.first else {
      throw Failure(
        .data, "no text to measure on: all are empty or longer than \(model.longest) tokens")
    }
    guard
      options.inferenceSteps == 0
        || model.posterior(model.batch([some.example])).logVariance != nil
    else {
      throw Failure(
        .data,
        "inference for each text: this model's codes are points, it has no posterior to make better: train "
          + "one that has with seqae train vae, cvae or vade")
    }
    kept.sort { $0.example.target.count < $1.example.target.count }
    var sums = Sums(options)
    let random = Random(seed: UInt64(options.seed))
    for (number, batch) in kept.cut(limit: batchTokens, { $0.example.target.count }).enumerated() {
      sums.add(batch, model, random.child("draws").child(UInt64(number)))
    }
    return (sums.metrics, texts.count - kept.count)
  }

  /// What is summed up over batches.
  private struct Sums {
    private var texts = 0
    private var words = 0
    private var tokens = 0
    private var reconstruction = 0.0
    private var prior = 0.0
    private var nll = 0.0
    private var variance = 0.0  // of the sum of −log p(x)
    private var exact = 0
    private var ngrams = BLEU.Counts()
    private var isSampled = false
    private var codes = LatentStatistics()
    private var uses: CodebookUse?
    private var posteriors = PosteriorMixture(limit: mostForInformation)
    private var own = (bound: 0.0, nll: 0.0)  // −ELBO, −log p(x) by each text's own posterior
    private let options: Options
    private let bleu: BLEU

    init(_ options: Options) {
      self.options = options
      bleu = BLEU(options.words)
    }

    mutating func add(
      _ chosen: [(text: [UInt8], example: ReconstructionExample)], _ model: some LatentModel,
      _ random: Random
    ) {
      let batch = model.batch(chosen.map(\.example))
      let q = model.posterior(batch)
      let near = q.sample(using: random.child("divergence"))
      codes.add(q, divergences: model.divergence(q, at: near))
      texts += chosen.count
      tokens += batch.tokens
      for (text, _) in chosen { words += EvaluatedTexts.words(text) + 1 }
      addWritten(chosen, model)
      if let discrete = model as? any DiscreteModel {
        prior += discrete.priorLosses(batch).sum().item()
        uses = uses ?? CodebookUse(discrete.codebookSize)
        uses?.add(discrete.indices(of: chosen.map { Array($0.example.source.dropLast()) }))
      }
      guard q.logVariance != nil else {
        reconstruction += model.reconstruction(batch, from: q.mean).sum().item()
        return
      }
      isSampled = true
      let drawn = PosteriorDraws(
        q, batch, model, draws: options.draws, using: random, first: { posteriors.add(q, $0) })
      reconstruction += drawn.reconstruction.reduce(0, +)
      nll -= drawn.evidence.reduce(0) { $0 + $1.value }
      variance += drawn.evidence.reduce(0) { $0 + $1.variance }
      if options.inferenceSteps > 0 { addOwn(from: q, batch, model, random) }
    }

    /// Adds what the posteriors of each text alone give, at draws with the noise of the encoder's.
    private mutating func addOwn(
      from q: Posterior, _ batch: ReconstructionBatch, _ model: some LatentModel, _ random: Random
    ) {
      let best = model.refined(
        q, batch, PerTextInference(steps: options.inferenceSteps),
        using: random.child("inference"))
      let drawn = PosteriorDraws(best, batch, model, draws: options.draws, using: random)
      let near = best.sample(using: random.child("divergence"))
      own.bound +=
        drawn.reconstruction.reduce(0, +) + (model.divergence(best, at: near)?.sum().item() ?? 0)
      own.nll -= drawn.evidence.reduce(0) { $0 + $1.value }
    }

    private mutating func addWritten(
      _ chosen: [(text: [UInt8], example: ReconstructionExample)], _ model: some LatentModel
    ) {
      let written = model.write(
        model.codes(
          of: chosen.map { Array($0.example.source.dropLast()) },
          labels: chosen.compactMap(\.example.label)))
      for ((text, _), ids) in zip(chosen, written) {
        let own = model.tokenizer.decode(ids)
        if own == text { exact += 1 }
        ngrams += bleu.counts(own, references: [text])
      }
    }

    var metrics: [Metric] {
      let (n, kl) = (Double(texts), uses == nil ? codes.divergence : prior / Double(texts))
      var metrics = [Metric("texts", n), Metric("reconstruction", reconstruction / n)]
      if let kl {
        metrics += [Metric("kl", kl), Metric("elbo", -reconstruction / n - kl)]
        var bound = reconstruction + kl * n
        if isSampled {
          bound = nll
          metrics += [
            Metric("nll", nll / n), Metric("nll_standard_error", variance.squareRoot() / n),
          ]
        }
        metrics += [
          Metric("perplexity", exp(bound / Double(words))),
          Metric("token_perplexity", exp(bound / Double(tokens))),
        ]
        if options.inferenceSteps > 0 {
          metrics += [
            Metric("elbo_per_sentence", -own.bound / n), Metric("nll_per_sentence", own.nll / n),
            Metric("amortization_gap", (reconstruction - own.bound) / n + kl),
            Metric("approximation_gap", (own.bound - own.nll) / n),
          ]
        }
      }
      if isSampled { metrics.append(Metric("mi", posteriors.mutualInformation)) }
      if let uses {
        metrics += [
          Metric("usage", uses.usage), Metric("codebook_perplexity", uses.perplexity),
        ]
      } else {
        metrics.append(Metric("active_units", Double(codes.activeUnits)))
      }
      return metrics + [
        Metric("bleu", ngrams.score().value), Metric("exact", Double(exact) / n),
      ]
    }
  }
}

/// The posteriors of many texts as one distribution, with a draw of each.
package struct PosteriorMixture {
  private let limit: Int
  private var means: [[Double]] = []
  private var logVariances: [[Double]] = []
  private var draws: [[Double]] = []

  /// Creates one that takes up at most `limit` posteriors.
  package init(limit: Int) { self.limit = limit }

  /// Takes up the posteriors of some more texts, and draws z [B, Z] of them.
  package mutating func add(_ q: Posterior, _ z: Tensor) {
    guard let logVariance = q.logVariance, means.count < limit else { return }
    let width = z.shape[1]
    for (tensor, path) in [
      (q.mean, \Self.means), (logVariance, \Self.logVariances), (z, \Self.draws),
    ] as [(Tensor, WritableKeyPath<Self, [[Double]]>)] {
      let values = tensor.doubles()
      self[keyPath: path] += stride(from: 0, to: values.count, by: width).map {
        Array(values[$0..<$0 + width])
      }
    }
  }

  /// The mean of log q(z | x) − log q(z), in nats.
  package var mutualInformation: Double {
    guard !draws.isEmpty else { return 0 }
    let sum = draws.indices.reduce(0.0) { sum, row in
      let densities = means.indices.map { logDensity(draws[row], of: $0) }
      return sum + densities[row] - ImportanceWeights.logMean(densities).value
    }
    return sum / Double(draws.count)
  }

  /// log q(z | x) of the text of a number, without the constant that all have.
  private func logDensity(_ z: [Double], of number: Int) -> Double {
    let (mean, logs) = (means[number], logVariances[number])
    return z.indices.reduce(0) { sum, place in
      let distance = z[place] - mean[place]
      return sum - 0.5 * (distance * distance * exp(-logs[place]) + logs[place])
    }
  }
}
