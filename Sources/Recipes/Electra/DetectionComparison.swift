import SeqaeModels
import SeqaeTensors
import SeqaeText

extension DetectionBench {
  /// A detector beside a repairer that is taken for one.
  public struct Comparison: Sendable {
    /// The detector's figures, by the suspicion from which on it names a character.
    public let detector: Judgement
    /// The repairer's, by that from which on it would name one in 1,000 of the clean characters.
    public let repairer: Judgement
    /// For each cell the share of the damaged characters that the repairer keeps, and the share of those that the
    /// detector names in what the repairer gives back.
    public let left: [(share: Double, found: Double)]

    /// Both by name.
    public var named: [(name: String, judgement: Judgement)] {
      [("detector", detector), ("repairer", repairer)]
    }
  }

  /// The share of the clean characters that the repairer may name, as many as a detector by default.
  static let alarmRate = ElectraConfiguration().alarmRate

  /// Judges a detector, and what a repairer is unsure of.
  ///
  /// - Parameters:
  ///   - detector: names what looks damaged.
  ///   - repairer: changes what it finds damaged.
  ///   - precision: what products are computed in; nil for what this machine is fastest in.
  /// - Returns: the figures of both.
  public func compare(
    _ detector: ElectraDirectory, _ repairer: DenoiserDirectory, precision: WeightPrecision? = nil
  ) -> Comparison {
    let precision = precision ?? WeightPrecision.fastestReal
    let left = cells.map { cell in
      let repairs = repairer.repair(cell.texts, precision: precision)
      let suspicions = detector.suspicions(in: repairs, precision: precision)
      var (damaged, kept, found) = (0, 0, 0)
      for (number, isDamaged) in cell.isDamaged.enumerated() {
        let sources = Set(
          repairs[number].sources(count: codePointCount(repairs[number].text)).compactMap { $0 })
        let named = Set(
          suspicions[number].flatMap { $0.offset..<($0.offset + codePointCount($0.text)) })
        for (place, isDamaged) in isDamaged.enumerated() where isDamaged {
          damaged += 1
          guard sources.contains(place) else { continue }
          kept += 1
          if named.contains(place) { found += 1 }
        }
      }
      return (
        share: Double(kept) / Double(max(1, damaged)), found: Double(found) / Double(max(1, kept))
      )
    }
    return Comparison(
      detector: judge(
        threshold: { _ in detector.minimumSuspicion },
        scores: { detector.model.suspicions(of: $0, precision: precision) }),
      repairer: judge(
        threshold: { DetectionFigures.threshold(for: Self.alarmRate, of: $0) },
        scores: { repairer.model.suspicions(of: $0, precision: precision) }),
      left: left)
  }
}
