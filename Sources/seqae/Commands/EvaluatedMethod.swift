import SeqaeFiles
import SeqaeRecipes

/// What does a task where there is a choice, by its name.
enum EvaluatedMethod: String, ArgumentChoice {
  // Of classifier, without a run of train classifier.
  case naiveBayes = "naive-bayes"
  case logistic
  case bayesLM = "bayes-lm"
  // Of retrieval.
  case dense, bm25, hybrid, tfidf
  case tfidfDot = "tfidf-dot"
  case lsa, hamming

  /// What ranks documents; nil for what does something else.
  var retrieval: RetrievalMethod? { RetrievalMethod(rawValue: rawValue) }

  /// Refuses methods of another task.
  static func require(_ methods: [EvaluatedMethod], for task: Evaluate.Task) throws(Failure) {
    let isRetrieval = task == .retrieval
    guard let wrong = methods.first(where: { ($0.retrieval != nil) != isRetrieval }) else { return }
    let right = allCases.filter { ($0.retrieval != nil) == isRetrieval }.map(\.rawValue)
    throw Failure(
      .usage,
      "--method \(wrong.rawValue): the task \(task.rawValue) has \(right.joined(separator: ", "))")
  }
}
