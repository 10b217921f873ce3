import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeText
import TestSupport
import Testing

/// What scikit-learn makes of bags of three classes: Tests/Fixtures/models/classifiers.
private struct Reference {
  let json: JSON
  let size: Int
  let classes: Int

  init() throws {
    json = try JSON.read(Fixture.path("models/classifiers/reference.json"))
    size = try #require(json["size"]?.intValue)
    classes = try #require(json["classes"]?.intValue)
  }

  func bags(_ key: ByteString) throws -> [[TokenID]] {
    try #require(json[key]?.arrayValue).map {
      try #require($0.arrayValue).compactMap { $0.intValue.map { TokenID($0) } }
    }
  }

  func integers(_ key: ByteString) throws -> [Int] {
    try #require(json[key]?.arrayValue).compactMap(\.intValue)
  }

  func rows(_ json: JSON?) throws -> [[Double]] {
    try #require(json?.arrayValue).map { try #require($0.arrayValue).compactMap(\.doubleValue) }
  }
}

@Test(arguments: [("1.0", 1.0), ("0.25", 0.25)])
func naiveBayesIsScikitLearns(_ key: String, _ smoothing: Double) throws {
  let reference = try Reference()
  let model = NaiveBayes(
    try reference.bags("bags"), size: reference.size, labels: try reference.integers("labels"),
    classes: reference.classes, smoothing: smoothing)
  let expected = try reference.rows(reference.json["bayes"]?[ByteString(key)])
  for (bag, row) in zip(try reference.bags("asked"), expected) {
    #expect(zip(model.logPosteriors(bag), row).allSatisfy { abs($0 - $1) < 1e-9 })
  }
  #expect(expected.count == 30)
}

@Test func logisticRegressionIsScikitLearns() throws {
  let reference = try Reference()
  let penalty = try #require(reference.json["penalty"]?.doubleValue)
  let model = SoftmaxRegression(
    .bags(try reference.bags("bags"), size: reference.size),
    labels: try reference.integers("labels").map { Int32($0) }, classes: reference.classes,
    penalty: Float(penalty))
  let found = model.logPosteriors(of: .bags(try reference.bags("asked"), size: reference.size))
  let expected = try reference.rows(reference.json["logistic"])
  // In single precision, as far as the loss tells weights apart.
  for (row, meant) in zip(found, expected) {
    #expect(zip(row, meant).allSatisfy { abs($0 - $1) < 5e-3 }, "\(row) \(meant)")
  }
  #expect(found.count == 30)
}

@Test func aClassWithoutTextsIsNeverNamedAndTheOthersShareAll() {
  let model = NaiveBayes([[0, 0], [1]], size: 2, labels: [0, 2], classes: 3)
  let found = model.logPosteriors([1])
  #expect(found[1] == -.infinity)
  // θ_01 = 1/4, θ_21 = 2/3 and equal priors.
  #expect(abs(exp(found[0]) - 0.25 / (0.25 + 2.0 / 3)) < 1e-12)
  #expect(abs(found.reduce(0) { $0 + exp($1) } - 1) < 1e-12)
}

@Test func bayesRuleNeedsNoProbabilityThatADoubleHolds() {
  let found = BayesRule.logPosteriors([-10_000, -10_000 - log(3)])
  #expect(abs(exp(found[0]) - 0.75) < 1e-12)
}
