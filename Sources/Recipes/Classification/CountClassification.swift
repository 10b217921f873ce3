import SeqaeFiles
import SeqaeModels
import SeqaeRetrieval

/// The classifiers that read counts of terms: one that models texts of each class, and one that only tells them apart.
///
/// Ng & Jordan 2002, *On Discriminative vs. Generative Classifiers*: both have the same form; the generative one is at its
/// best with few texts, the discriminative one is better with many.
public enum CountClassification {
  // What logistic regression has weights for at most, and the penalties of which it takes the best on development texts.
  private static let mostTerms = 1 << 16
  private static let penalties: [Float] = [1e-2, 1e-3, 1e-4, 1e-5]

  /// Returns the figures on the test of naive Bayes that has counted `training`.
  public static func naiveBayes(
    _ training: ClassifiedTexts.Part, _ data: ClassifiedTexts, _ terms: Terms
  ) throws(Failure) -> ClassifierFigures {
    try data.requireTest()
    let counts = TFIDF(training.texts, terms: terms)
    let model = NaiveBayes(
      training.texts.map { counts.places(of: $0) }, size: max(1, counts.vocabulary.count),
      labels: training.labels, classes: data.classes.count)
    return ClassifierFigures(
      data.test.texts.map { model.logPosteriors(counts.places(of: $0)).largest },
      labels: data.test.labels, classes: data.classes.count)
  }

  /// Returns the figures on the test of logistic regression that has learnt from `training`.
  public static func logistic(
    _ training: ClassifiedTexts.Part, _ data: ClassifiedTexts, _ terms: Terms
  ) throws(Failure) -> ClassifierFigures {
    try data.requireTest()
    let counts = TFIDF(training.texts, terms: terms, maximumTerms: mostTerms)
    func bags(_ part: ClassifiedTexts.Part) -> ProbeFeatures {
      .bags(part.texts.map { counts.places(of: $0) }, size: max(1, counts.vocabulary.count))
    }
    func named(_ model: SoftmaxRegression, _ bags: ProbeFeatures) -> [Int] {
      model.classes(of: bags).map { Int($0) }
    }
    let (development, classes) = (data.development, data.classes.count)
    let judged = bags(development)
    // Without development texts all do as well, and the highest penalty is taken.
    let best = SoftmaxRegression.best(
      of: penalties, bags(training), labels: training.labels.map { Int32($0) }, classes: classes
    ) { model in
      guard development.count > 0 else { return 0 }
      return ClassifierFigures(
        named(model, judged), labels: development.labels, classes: classes
      ).accuracy
    }
    return ClassifierFigures(
      named(best.classifier, bags(data.test)), labels: data.test.labels, classes: classes)
  }
}
