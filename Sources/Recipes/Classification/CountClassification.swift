import SeqaeFiles
import SeqaeModels
import SeqaeText

/// The classifiers that read counts of features: one that models texts of each class, and one that only tells them apart.
///
/// Ng & Jordan 2002, *On Discriminative vs. Generative Classifiers*: both have the same form; the generative one is at its
/// best with few texts, the discriminative one is better with many.
public enum CountClassification {
  // What logistic regression has weights for at most, and the penalties of which it takes the best on development texts.
  private static let mostFeatures = 1 << 16
  private static let penalties: [Float] = [1e-2, 1e-3, 1e-4, 1e-5]

  /// Returns the figures on the test of naive Bayes that has counted `training`.
  public static func naiveBayes(
    _ training: ClassifiedTexts.Part, _ data: ClassifiedTexts, _ features: TextFeatures
  ) throws(Failure) -> ClassifierFigures {
    try data.requireTest()
    let counts = TextCounts(features, of: training.texts)
    let model = NaiveBayes(
      counts.bags(training.texts), size: max(1, counts.count), labels: training.labels,
      classes: data.classes.count)
    return ClassifierFigures(
      counts.bags(data.test.texts).map { model.logPosteriors($0).largest },
      labels: data.test.labels, classes: data.classes.count)
  }

  /// Returns the figures on the test of logistic regression that has learnt from `training`.
  public static func logistic(
    _ training: ClassifiedTexts.Part, _ data: ClassifiedTexts, _ features: TextFeatures
  ) throws(Failure) -> ClassifierFigures {
    try data.requireTest()
    let counts = TextCounts(features, of: training.texts, limit: mostFeatures)
    let (learnt, asked) = (counts(training.texts), counts(data.development.texts))
    let labels = training.labels.map { Int32($0) }
    var (model, best, highest) = (SoftmaxRegression?.none, SoftmaxRegression?.none, -1)
    // From the highest on, each from the one before, which is near; of equals the higher stays.
    for penalty in penalties {
      let next = SoftmaxRegression(
        learnt, labels: labels, classes: data.classes.count, penalty: penalty, from: model)
      model = next
      let right =
        data.development.count == 0
        ? 0
        : zip(next.classes(of: asked), data.development.labels).count { Int($0) == $1 }
      if right > highest { (best, highest) = (next, right) }
    }
    let named = best?.classes(of: counts(data.test.texts)).map { Int($0) } ?? []
    return ClassifierFigures(named, labels: data.test.labels, classes: data.classes.count)
  }
}
