import SeqaeFiles
import Testing

/// The direction of dependency: arrows only point down or right (Documentation/Architecture.md).
struct ArrowTests {
  @Test func theManifestDeclaresTheRoomsOfTheHouse() throws {
    let manifest = ManifestReader(try Checkout.text("Package.swift"))
    #expect(Set(manifest.targets.keys) == Set(House.arrows.keys))
    let folders = try Path.list(Path.join(Checkout.root, "Sources"))
    let expected = House.arrows.keys.map(House.folder).filter { $0.hasPrefix("Sources/") }
    #expect(Set(folders.map { "Sources/\($0)" }) == Set(expected))
  }

  @Test(arguments: House.arrows.keys.sorted())
  func noTargetDependsOnWhatItMayNotUse(_ target: String) throws {
    let manifest = ManifestReader(try Checkout.text("Package.swift"))
    let declared = try #require(manifest.targets[target])
    #expect(declared.subtracting(House.arrows[target] ?? []).isEmpty)
  }

  @Test(arguments: House.arrows.keys.sorted())
  func noFileImportsWhatItsTargetMayNotUse(_ target: String) throws {
    for path in try Checkout.files(below: House.folder(of: target), endings: [".swift"]) {
      let wrong = House.wrongArrows(in: try Checkout.text(path), path: path, target: target)
      #expect(wrong.isEmpty)
    }
  }

  @Test func kernelsIncludeTheirOwnHeadersAndTheCLibraryOnly() throws {
    var foreign: Set<String> = []
    for library in ["CICU", "CUTF8Proc", "CZlib", "CSQLite", "CPQ", "COneDNN"] {
      foreign.formUnion(House.includes(of: try Checkout.text("Sources/\(library)/shim.h")).system)
    }
    foreign.subtract(["dlfcn.h", "stdint.h", "stdlib.h"])  // the C library's
    #expect(
      foreign.isSuperset(of: ["unicode/ubrk.h", "utf8proc.h", "zlib.h", "oneapi/dnnl/dnnl.h"]))
    let files = try ["CKernels", "CBenchmarks"].flatMap {
      try Checkout.files(below: House.folder(of: $0), endings: [".c", ".h"])
    }
    let ownNames = Set(files.map { Path.lastComponent($0) })
    for path in files {
      let (own, system) = House.includes(of: try Checkout.text(path))
      #expect(Set(own.map { Path.lastComponent($0) }).subtracting(ownNames).isEmpty, "\(path)")
      #expect(foreign.intersection(system).isEmpty, "\(path)")
    }
  }

  // MARK: The checks check

  @Test(
    arguments: [
      ("SeqaeTraining", "import SeqaeModels"),
      ("SeqaeText", "import Glibc\n\nimport SeqaeTensors\n"),
      ("SeqaeModels", "internal import struct CKernels.ck_epilogue"),
      ("SeqaeFiles", "  @preconcurrency import Foundation"),
      ("SeqaeTensors", "import SeqaeLayers"),
      ("seqae", "public import FoundationEssentials"),
      ("SeqaeAttic", "import Glibc"),
    ])
  func aWrongArrowIsCaught(_ target: String, _ text: String) {
    #expect(House.wrongArrows(in: text, path: "Sample.swift", target: target).count == 1)
  }

  @Test func aRightArrowIsNot() {
    let text = """
      import Glibc
      package import SeqaeLayers
      import func SeqaeText.decodeScalar

      /// Notes that say import Foundation are no import.
      let important = "SeqaeRecipes"
      """
    #expect(House.wrongArrows(in: text, path: "Sample.swift", target: "SeqaeModels").isEmpty)
    #expect(House.imports(of: text) == ["Glibc", "SeqaeLayers", "SeqaeText"])
  }

  @Test func theHouseHasNoCycles() {
    // A room is done when all that it uses is done; in a cycle none ever is.
    var done: Set<String> = []
    while let next = House.arrows.first(where: { room, uses in
      !done.contains(room) && uses.isSubset(of: done)
    }) {
      done.insert(next.key)
    }
    #expect(done == Set(House.arrows.keys))
  }

  @Test func theManifestReaderReadsEachKindOfTarget() {
    let manifest = ManifestReader(
      """
      .target(name: "Seqae\\(folder)", dependencies: dependencies, path: "Sources/\\(folder)")
      // module("Old", ["SeqaeFiles"]),
      .target(name: "CKernels", path: "Sources/CKernels"),
      module("Files", zlib),
      module(
        "Text",
        [
          "CICU", "SeqaeFiles",
        ]),
      .executableTarget(
        name: "seqae", dependencies: ["SeqaeText"], path: "Sources/seqae"),
      .target(name: "TestSupport", dependencies: ["SeqaeFiles"], path: "Tests/TestSupport"),
      .target(name: "SeqaeBenchmarks", dependencies: ["SeqaeText"], path: "Benchmarks"),
      .systemLibrary(name: "CZlib", path: "Sources/CZlib")
      """)
    #expect(
      manifest.targets == [
        "CKernels": [], "SeqaeFiles": ["CZlib"], "SeqaeText": ["CICU", "SeqaeFiles"],
        "seqae": ["SeqaeText"], "CZlib": [], "SeqaeBenchmarks": ["SeqaeText"],
      ])
  }
}
