import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText

/// Bayes' rule over a language model that is told the class: argmax_c log p(x | c) + log p(c).
///
/// Yogatama et al. 2017, *Generative and Discriminative Text Classification with Recurrent Neural Networks*, §2.2. The
/// model is a conditional VAE; log p(x | c) is found by importance sampling from q(z | x, c) as in `LatentEvaluation`, with
/// the same draws for every class.
public enum BayesClassification {
  private static let batchTokens = 4096

  /// Returns the figures on the test.
  ///
  /// - Parameters:
  ///   - directory: a conditional VAE of the data's classes.
  ///   - data: the texts; those for training say how frequent each class is.
  ///   - draws: how many codes are drawn for each text and class.
  ///   - seed: of the draws.
  /// - Returns: the figures. A text that is longer than the model's positions is of the most frequent class.
  /// - Throws: `Failure(.data)` if the model is told no classes, or others, or has no distribution of codes.
  public static func figures(
    _ directory: LatentDirectory, _ data: ClassifiedTexts, draws: Int, seed: Int
  ) throws(Failure) -> ClassifierFigures {
    try data.requireTest()
    let own = LatentTexts(directory).classes
    var numbers: [Int] = []
    for name in data.classes {
      guard let number = own.firstIndex(of: name) else {
        throw Failure(
          .data,
          "bayes-lm: the model knows no class \(name.quoted): give --model one of train cvae on these classes"
        )
      }
      numbers.append(number)
    }
    let counts = data.training.counts(data.classes.count)
    let logPriors = counts.map { log(Double($0) / Double(data.training.count)) }
    let named = try named(
      directory.model, data.test.texts, numbers, logPriors, draws, Random(seed: UInt64(seed)))
    return ClassifierFigures(named, labels: data.test.labels, classes: data.classes.count)
  }

  private static func named(
    _ model: some LatentModel, _ texts: [[UInt8]], _ numbers: [Int], _ logPriors: [Double],
    _ draws: Int, _ random: Random
  ) throws(Failure) -> [Int] {
    let make = model.examples()
    var joint = [[Double]](repeating: logPriors, count: texts.count)
    let kept = texts.indices.compactMap { row in
      make(texts[row], label: 0, using: random).map { (row: row, length: $0.target.count) }
    }.sorted { $0.length < $1.length }
    for (number, rows) in kept.cut(limit: batchTokens, { $0.length }).enumerated() {
      let own = random.child(UInt64(number))
      for (place, label) in numbers.enumerated() {
        let batch = model.batch(
          rows.compactMap { make(texts[$0.row], label: label, using: random) })
        let q = model.posterior(batch)
        guard q.logVariance != nil else {
          throw Failure(
            .data, "bayes-lm: an autoencoder gives texts no probability: train a cvae")
        }
        var weights = [[Double]](repeating: [], count: rows.count)
        for draw in 0..<draws {
          let z = q.sample(using: own.child(UInt64(draw)))
          let losses = model.reconstruction(batch, from: z).doubles()
          let ratios = q.logRatios(z, prior: model.logPrior(z))
          for row in rows.indices { weights[row].append(ratios[row] - losses[row]) }
        }
        for (row, own) in zip(rows, weights) {
          joint[row.row][place] += ImportanceWeights.logMean(own).value
        }
      }
    }
    return joint.map(\.largest)
  }
}
