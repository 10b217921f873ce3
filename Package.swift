// swift-tools-version:6.1
import PackageDescription

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Optional C libraries are used where their headers are found, and left out where they are not or
/// where SEQAE_WITHOUT names them: `SEQAE_WITHOUT=zlib swift build`.
func uses(_ library: String, header: String) -> Bool {
  let without = (Context.environment["SEQAE_WITHOUT"] ?? "").split(separator: ",")
  return !without.contains { $0 == library }
    && FileManager.default.fileExists(atPath: "/usr/include/\(header)")
}

let zlib: [Target.Dependency] = uses("zlib", header: "zlib.h") ? ["CZlib"] : []
let sqlite: [Target.Dependency] = uses("sqlite", header: "sqlite3.h") ? ["CSQLite"] : []
let pq: [Target.Dependency] = uses("pq", header: "postgresql/libpq-fe.h") ? ["CPQ"] : []
let oneDNN: [Target.Dependency] = uses("onednn", header: "oneapi/dnnl/dnnl.h") ? ["COneDNN"] : []

/// One Swift target of the library, in `Sources/<folder>`, as module `Seqae<folder>`.
func module(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: "Seqae\(folder)", dependencies: dependencies, path: "Sources/\(folder)")
}

/// The tests of one target, in `Tests/<folder>Tests`.
func tests(_ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(folder)Tests", dependencies: ["TestSupport"] + dependencies,
    path: "Tests/\(folder)Tests")
}

let package = Package(
  name: "seqae",
  products: [
    .library(
      name: "Seqae",
      targets: [
        "SeqaeFiles", "SeqaeRandom", "SeqaeTensors", "SeqaeLayers", "SeqaeText", "SeqaeModels",
        "SeqaeTraining", "SeqaeLatentSpace", "SeqaeRetrieval", "SeqaeRecipes",
      ]),
    .executable(name: "seqae", targets: ["seqae"]),
  ],
  targets: [
    // C: hot loops of our own, and thin shims over the system's libraries.
    .target(name: "CKernels", path: "Sources/CKernels"),
    .systemLibrary(name: "CICU", path: "Sources/CICU"),
    .systemLibrary(name: "CUTF8Proc", path: "Sources/CUTF8Proc"),
    .target(name: "CBenchmarks", path: "Benchmarks/CBenchmarks"),

    // The house, lowest room first; an arrow may only point to a room above its own line.
    module("Files", zlib),
    module("Random", []),
    module("Tensors", ["CKernels", "SeqaeRandom"]),
    module("Layers", ["SeqaeTensors", "SeqaeFiles", "SeqaeRandom"]),
    module("Text", ["CICU", "CUTF8Proc", "SeqaeFiles", "SeqaeRandom"]),
    module("Models", ["SeqaeLayers", "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom"]),
    module("Training", ["SeqaeLayers", "SeqaeTensors", "SeqaeFiles", "SeqaeRandom"]),
    module("LatentSpace", ["SeqaeTensors", "SeqaeRandom"]),
    module("Retrieval", ["CKernels", "SeqaeText", "SeqaeFiles", "SeqaeRandom"] + sqlite + pq),
    module(
      "Recipes",
      [
        "SeqaeLatentSpace", "SeqaeRetrieval", "SeqaeTraining", "SeqaeModels", "SeqaeLayers",
        "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom",
      ]),
    // What `seqae benchmark` measures.
    .target(
      name: "SeqaeBenchmarks",
      dependencies: [
        "SeqaeRetrieval", "SeqaeTraining", "SeqaeModels", "SeqaeLayers", "SeqaeTensors",
        "SeqaeText", "SeqaeFiles", "SeqaeRandom", "CKernels", "CBenchmarks",
      ] + oneDNN,
      path: "Benchmarks", exclude: ["CBenchmarks", "compare"]),
    .executableTarget(
      name: "seqae",
      dependencies: [
        "SeqaeBenchmarks", "SeqaeRecipes", "SeqaeLatentSpace", "SeqaeRetrieval", "SeqaeTraining",
        "SeqaeModels", "SeqaeLayers", "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom",
      ],
      path: "Sources/seqae", plugins: ["Revision"]),
    // Tells the program its revision.
    .plugin(name: "Revision", capability: .buildTool()),

    // Makes Scripts/splits.json from the corpora; no product.
    .executableTarget(
      name: "splits", dependencies: ["SeqaeRecipes", "SeqaeFiles"],
      path: "Scripts/Splits"),
    // The yardstick of the denoiser's card; no product.
    .executableTarget(
      name: "rule-cleaner", dependencies: ["TestSupport", "SeqaeFiles"], path: "Scripts/RuleCleaner"
    ),
    // Draws Documentation/Figures/latent-noise.svg; no product.
    .executableTarget(
      name: "latent-noise", dependencies: ["SeqaeTensors", "SeqaeFiles", "SeqaeRandom"],
      path: "Scripts/LatentNoise"),

    // Draws tables as lines, for Documentation/Figures; no product.
    .executableTarget(
      name: "line-chart", dependencies: ["SeqaeRecipes", "SeqaeFiles"], path: "Scripts/LineChart"),

    // Makes collections of known items for evaluate retrieval; no product.
    .executableTarget(
      name: "known-items", dependencies: ["SeqaeRecipes", "SeqaeFiles"], path: "Scripts/KnownItems"),

    .target(
      name: "TestSupport", dependencies: ["SeqaeTensors", "SeqaeFiles", "SeqaeRandom"],
      path: "Tests/TestSupport"),
    tests("Files", ["SeqaeFiles", "SeqaeRandom"]),
    tests("Random", ["SeqaeRandom"]),
    tests("Tensors", ["SeqaeTensors", "CKernels", "SeqaeRandom"]),
    tests("Layers", ["SeqaeLayers", "SeqaeTensors", "SeqaeFiles", "SeqaeRandom"]),
    tests("Text", ["SeqaeText", "SeqaeFiles", "SeqaeRandom"]),
    tests(
      "Models",
      ["SeqaeModels", "SeqaeLayers", "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom"]),
    tests(
      "Training", ["SeqaeTraining", "SeqaeLayers", "SeqaeTensors", "SeqaeFiles", "SeqaeRandom"]),
    tests("LatentSpace", ["SeqaeLatentSpace", "SeqaeTensors", "SeqaeRandom"]),
    tests(
      "Retrieval", ["SeqaeRetrieval", "SeqaeText", "SeqaeFiles", "SeqaeRandom", "CKernels"]),
    tests(
      "Recipes",
      [
        "SeqaeRecipes", "SeqaeRetrieval", "SeqaeTraining", "SeqaeModels", "SeqaeLayers",
        "SeqaeTensors", "SeqaeText", "SeqaeFiles", "SeqaeRandom",
      ]),
    tests(
      "Benchmarks",
      [
        "SeqaeBenchmarks", "SeqaeTraining", "SeqaeLayers", "SeqaeTensors", "SeqaeFiles",
        "SeqaeRandom",
      ]),
    tests("Command", ["seqae", "rule-cleaner", "line-chart", "SeqaeFiles"]),
    tests("Package", ["SeqaeFiles"]),
  ] + (zlib.isEmpty ? [] : [.systemLibrary(name: "CZlib", path: "Sources/CZlib")])
    + (sqlite.isEmpty ? [] : [.systemLibrary(name: "CSQLite", path: "Sources/CSQLite")])
    + (pq.isEmpty ? [] : [.systemLibrary(name: "CPQ", path: "Sources/CPQ")])
    + (oneDNN.isEmpty ? [] : [.systemLibrary(name: "COneDNN", path: "Sources/COneDNN")]),
  swiftLanguageModes: [.v6]
)

// The tests of some targets alone, and what these are made of: SEQAE_TESTS=Tensors,Layers swift test
if let names = Context.environment["SEQAE_TESTS"] {
  var wanted = Set(names.split(separator: ",").map { "\($0)Tests" })
  var known = 0
  while known < wanted.count {
    known = wanted.count
    for target in package.targets where wanted.contains(target.name) {
      for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
      for case .plugin(let name, _) in target.plugins ?? [] { wanted.insert(name) }
    }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products.removeAll()
}
