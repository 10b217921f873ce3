import SeqaeFiles
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTraining

extension BenchNoise: ArgumentChoice {}

/// The task `retrieval`.
extension Evaluate {
  private typealias Noise = RetrievalEvaluation.QueryNoise

  /// Refuses options that none of the methods reads.
  func refuseUnread(_ arguments: Arguments) throws(Failure) {
    let used = Set((methods + (compared.map { [$0] } ?? [])).compactMap(\.retrieval))
    guard !used.isEmpty else { return }
    for (option, readers) in [
      ("--metric", [.dense, .hybrid]), ("--keywords", [.bm25, .hybrid]), ("--repair", [.hybrid]),
      ("--terms", [.tfidf, .tfidfDot, .lsa]), ("--dimensions", [.lsa]),
      (ModelLocation.option, RetrievalMethod.allCases.filter(\.needsModel)),
    ] as [(String, [RetrievalMethod])] {
      try arguments.refuse(
        [option], when: used.isDisjoint(with: readers),
        "without the method " + readers.map(\.rawValue).joined(separator: " or "))
    }
  }

  func evaluateRetrieval() throws(Failure) {
    let methods = methods.compactMap(\.retrieval)
    guard !methods.isEmpty else {
      throw Failure(.usage, "expected --method NAME (seqae evaluate --help)")
    }
    let compared = compared?.retrieval
    let set = try RetrievalSet(try data.single(for: Self.name))
    let evaluation = try evaluation(of: set, methods + (compared.map { [$0] } ?? []))
    common.note("\(set.documents.count) documents, \(set.queries.count) queries with judgements")
    let progress = LongWork(common)
    func figures(_ method: RetrievalMethod, _ noise: Noise?) throws(Failure) -> [RankingMetrics] {
      defer { progress.clear() }
      return try evaluation.figures(method, noise: noise) { done in
        let share = Double(done) / Double(max(1, set.documents.count))
        progress.update(share) { "\(done) documents" }
      }
    }
    let rates = noiseRates.isEmpty ? [0.1] : noiseRates
    let noises: [Noise?] =
      [nil] + self.noises.flatMap { noise in rates.map { Noise(noise, rate: $0) } }
    var rows: [[String]] = []
    for noise in noises {
      let other = try compared.map { method throws(Failure) in try figures(method, noise) }
      for method in methods {
        let own = try figures(method, noise)
        rows.append(try row(method, noise, own, nil, compared))
        if let other, let compared {
          rows.append(try row(compared, noise, other, own, nil))
        }
      }
    }
    if common.json { return }
    var titles = ["method", "noise", "rate", "nDCG@10", "MAP", "MRR", "recall@100"]
    if compared != nil { titles += ["p of nDCG@10", "of MAP"] }
    try Output.standard.write(Array(textTable([titles] + rows, left: [0, 1]).utf8))
  }

  private func evaluation(
    of set: RetrievalSet, _ methods: [RetrievalMethod]
  ) throws(Failure) -> RetrievalEvaluation {
    var options = RetrievalEvaluation.Options()
    (options.keywords, options.metric, options.terms) = (keywords, metric, terms.terms)
    options.dimensions = dimensions
    var embedder: (any TextEmbedder)?
    if methods.contains(where: \.needsModel) {
      embedder = try TextEmbedders.open(try model.folder())
    }
    let repairer =
      methods.contains(.hybrid) && repair == .auto ? try QueryRepair.repairer() : nil
    return RetrievalEvaluation(set, options, embedder: embedder, repair: repairer)
  }

  /// A row of the table; with --json it is printed as an object at once.
  private func row(
    _ method: RetrievalMethod, _ noise: Noise?, _ figures: [RankingMetrics],
    _ first: [RankingMetrics]?, _ compared: RetrievalMethod?
  ) throws(Failure) -> [String] {
    let mean = RankingMetrics.mean(figures)
    let p = first.map { first in
      [\RankingMetrics.ndcg10, \.averagePrecision].map { path in
        RandomizationTest.p(first.map { $0[keyPath: path] }, figures.map { $0[keyPath: path] })
      }
    }
    if common.json {
      var result: JSONObject = ["task": JSON(task.rawValue), "method": JSON(method.rawValue)]
      if let noise {
        result["noise"] = JSON(noise.noise.rawValue)
        result["rate"] = .number(noise.rate)
      }
      result["queries"] = .integer(figures.count)
      result["metrics"] = [
        "ndcg@10": .number(mean.ndcg10), "map": .number(mean.averagePrecision),
        "mrr": .number(mean.reciprocalRank), "recall@100": .number(mean.recall100),
      ]
      if let p { result["p"] = ["ndcg@10": .number(p[0]), "map": .number(p[1])] }
      try Output.standard.line(JSON.object(result).serialized())
    }
    let values = [mean.ndcg10, mean.averagePrecision, mean.reciprocalRank, mean.recall100]
    return [
      method.rawValue, noise?.noise.rawValue ?? "none", noise.map { $0.rate.argument } ?? "0",
    ] + values.map { fixed($0, 4) }
      + (p.map { $0.map { fixed($0, 4) } } ?? (compared == nil ? [] : ["", ""]))
  }
}
