import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

@Test func classesThatAPlanePartsAreTold() {
  let random = Random(seed: 5)
  let (count, width) = (300, 6)
  let values = random.normals(count * width)
  let labels = (0..<count).map { row -> Int32 in
    let x = values[row * width..<(row + 1) * width].map { Double($0) }
    let scores: [Double] = [2 * x[0] - x[1], x[2] + x[3], -x[4]]
    let best = scores.enumerated().max { $0.element < $1.element }
    return Int32(best?.offset ?? 0)
  }
  let features = ProbeFeatures.dense(Tensor(values, [count, width]))
  let classifier = SoftmaxRegression(features, labels: labels, classes: 3, penalty: 1e-6)
  #expect(classifier.classes(of: features) == labels)
}

@Test func withoutAnythingThatTellsTheMostFrequentClassIsNamed() {
  let count = 90
  let ninth: [Int32] = [0, 0, 1, 1, 1, 1, 1, 2, 2]
  let labels = (0..<count).map { ninth[$0 % 9] }
  let noise = ProbeFeatures.dense(Tensor(Random(seed: 3).normals(count * 2), [count, 2]))
  let classifier = SoftmaxRegression(noise, labels: labels, classes: 3, penalty: 1e4)
  #expect(classifier.classes(of: noise) == [Int32](repeating: 1, count: count))
  let empty = ProbeFeatures.bags([[TokenID]](repeating: [], count: count), size: 4)
  let silent = SoftmaxRegression(empty, labels: labels, classes: 3, penalty: 1e-3)
  #expect(silent.classes(of: empty) == [Int32](repeating: 1, count: count))
}

@Test func aBagIsItsCounts() {
  let random = Random(seed: 8)
  let (count, size) = (200, 12)
  let bags = (0..<count).map { _ in
    (0..<random.integer(below: 9)).map { _ in TokenID(random.integer(below: size)) }
  }
  let counts = bags.flatMap { bag in (0..<size).map { token in Float(bag.count { $0 == token }) } }
  let labels = bags.map { bag -> Int32 in
    let (low, high) = (bag.count { $0 < 4 }, bag.count { $0 >= 8 })
    return low > high ? 1 : 0
  }
  let dense = ProbeFeatures.dense(Tensor(counts, [count, size]))
  let sparse = ProbeFeatures.bags(bags, size: size)
  // Both have the one minimum of a convex function.
  let named = [dense, sparse].map { features in
    SoftmaxRegression(features, labels: labels, classes: 2, penalty: 1e-2).classes(of: features)
  }
  let same = zip(named[0], named[1]).count { $0 == $1 }
  #expect(same >= count - 2)  // one on the very plane may fall to either side
  #expect(zip(named[1], labels).count { $0 == $1 } > count * 9 / 10)
}
