import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// How well a linear classifier tells the classes of texts by what an encoder makes of them.
///
/// Alain & Bengio 2017: the encoder stays as it is, so that what is right is what it has learnt. Means and deviations
/// of the features are the training texts', and so is the penalty on the weights: the one of several that does best
/// on a tenth of them.
public struct LinearProbe {
  /// What a classifier got right.
  public struct Figures: Sendable, Equatable {
    /// What it read.
    public let name: String
    /// The share of the test texts whose class it named.
    public let accuracy: Double
    /// The standard error of that share, √(p (1 − p) / n).
    public let standardError: Double
    /// λ, as chosen; nil where nothing was learnt.
    public let penalty: Double?
  }

  /// The penalties of which one is chosen.
  static let penalties: [Float] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]
  private static let testParts: UInt64 = 5  // every fifth text where no test is given
  private static let heldParts: UInt64 = 10
  private static let untrainedSeed: UInt64 = 0x5EED_0000

  /// The texts that are learnt from.
  public let training: LabelledTexts
  /// The texts that are asked about.
  public let test: LabelledTexts
  /// The classes, in order of their names.
  public let classes: [ByteString]

  /// Creates a probe.
  ///
  /// - Parameters:
  ///   - training: the texts to learn from.
  ///   - test: those to ask about; nil for a fifth of the former, by their hashes.
  /// - Throws: `Failure(.data)` for fewer than two classes or one that only the test has.
  public init(_ training: LabelledTexts, test: LabelledTexts?) throws(Failure) {
    let parts = training.parted(by: Self.testParts)
    self.training = test == nil ? parts.others : training
    self.test = test ?? parts.chosen
    classes = Set(self.training.labels).sorted()
    guard classes.count > 1, self.test.count > 0 else {
      throw Failure(
        .data,
        "expected two classes or more and a text to ask about, found \(classes.count) and \(self.test.count): "
          + "see --labels, or give the texts to ask about with --test")
    }
    let known = Set(classes)
    if let strange = self.test.labels.first(where: { !known.contains($0) }) {
      throw Failure(.data, "no text to learn from is of the class \(strange.quoted): see --labels")
    }
  }

  /// Returns what can be told by an encoder's mean states.
  ///
  /// - Parameters:
  ///   - encoder: what makes the states.
  ///   - baselines: whether to tell the same by the most frequent class, a bag of the encoder's tokens and the
  ///     encoder before training too.
  ///   - precision: what the encoder's products are computed in.
  ///   - report: told what is done.
  /// - Returns: the figures, the encoder's last.
  /// - Throws: a `Failure`.
  public func run(
    _ encoder: ProbedEncoder, baselines: Bool, precision: WeightPrecision = .fastestReal,
    report: (String) -> Void
  ) throws(Failure) -> [Figures] {
    let tokens = (
      training: encoder.tokens(of: training.texts), test: encoder.tokens(of: test.texts)
    )
    var figures: [Figures] = []
    if baselines {
      figures.append(mostFrequent())
      report("a bag of tokens")
      figures.append(
        judged("bag of tokens", encoder.bags(of: tokens.training), encoder.bags(of: tokens.test)))
      report("the encoder before training")
      figures.append(
        judged("untrained", try encoder.untrained(seed: Self.untrainedSeed), tokens, precision))
    }
    report("the encoder")
    return figures + [judged("encoder", encoder, tokens, precision)]
  }

  private func judged(
    _ name: String, _ encoder: ProbedEncoder,
    _ tokens: (training: [[TokenID]], test: [[TokenID]]), _ precision: WeightPrecision
  ) -> Figures {
    let (training, test) = Self.standardized(
      encoder.meanStates(of: tokens.training, precision: precision),
      encoder.meanStates(of: tokens.test, precision: precision))
    return judged(name, .dense(training), .dense(test))
  }

  /// The figures of the best classifier by some features of the training and of the test texts.
  func judged(_ name: String, _ features: ProbeFeatures, _ asked: ProbeFeatures) -> Figures {
    let labels = numbers(of: training)
    let isHeld = training.texts.map { Splits.hash($0) / Self.testParts % Self.heldParts == 0 }
    let (held, others) = (
      isHeld.indices.filter { isHeld[$0] }, isHeld.indices.filter { !isHeld[$0] }
    )
    var penalty = Self.penalties[Self.penalties.count / 2]
    var start: SoftmaxRegression?
    if !held.isEmpty, !others.isEmpty {
      let (learnt, judged) = (features.selecting(others), features.selecting(held))
      let meant = held.map { labels[$0] }
      (start, penalty) = SoftmaxRegression.best(
        of: Self.penalties, learnt, labels: others.map { labels[$0] }, classes: classes.count
      ) { Self.share($0.classes(of: judged), meant) }
    }
    let classifier = SoftmaxRegression(
      features, labels: labels, classes: classes.count, penalty: penalty, from: start)
    return figures(name, classifier.classes(of: asked), penalty: Double("\(penalty)"))
  }

  private func mostFrequent() -> Figures {
    let counts = numbers(of: training).reduce(into: [Int](repeating: 0, count: classes.count)) {
      $0[Int($1)] += 1
    }
    let most = Int32(counts.indices.max { counts[$0] < counts[$1] } ?? 0)
    return figures(
      "most frequent class", [Int32](repeating: most, count: test.count), penalty: nil)
  }

  private func figures(_ name: String, _ named: [Int32], penalty: Double?) -> Figures {
    let share = Self.share(named, numbers(of: test))
    return Figures(
      name: name, accuracy: share,
      standardError: (share * (1 - share) / Double(test.count)).squareRoot(), penalty: penalty)
  }

  private static func share(_ named: [Int32], _ labels: [Int32]) -> Double {
    Double(zip(named, labels).count { $0 == $1 }) / Double(max(1, labels.count))
  }

  private func numbers(of texts: LabelledTexts) -> [Int32] {
    let numbers = Dictionary(uniqueKeysWithValues: zip(classes, (0...).lazy.map { Int32($0) }))
    return texts.labels.map { numbers[$0] ?? 0 }
  }

  /// Both less the mean of the first, over its deviation; features that are always the same stay 0.
  private static func standardized(_ training: Tensor, _ other: Tensor) -> (Tensor, Tensor) {
    guard training.shape[0] > 1 else { return (training, other) }
    let mean = training.mean(0)  // [1, D]
    let deviation = training.variance([0]).squareRoot() + 1e-6
    return ((training - mean) / deviation, (other - mean) / deviation)
  }
}
