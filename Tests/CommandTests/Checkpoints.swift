import SeqaeFiles
import Testing

/// A run's checkpoints, seen from outside.
struct Checkpoints {
  private let run: String
  private var folder: String { Path.join(run, "checkpoints") }

  init(_ run: String) { self.run = run }

  /// The number of the newest; nil if there is none.
  func newest() throws -> Int? {
    guard Path.exists(folder) else { return nil }
    return try Path.list(folder).compactMap { Int($0.dropFirst("step-".count)) }.max()
  }

  /// The weights and moments after so many steps.
  func bytes(of step: Int) throws -> [[UInt8]] {
    try ["model.safetensors", "optimizer.safetensors"].map { name in
      let file = try MappedFile(Path.join(folder, "step-\(step)", name))
      return withExtendedLifetime(file) { Array(file.bytes) }
    }
  }

  /// Checks that every checkpoint is whole, with means other than those that load it.
  func expectWhole() throws {
    for name in try Path.list(folder) where !name.contains("tmp") {
      let files = Path.join(folder, name)
      let state = try JSON.read(Path.join(files, "state.json"))
      if name != "latest" { #expect(state["step"]?.intValue == Int(name.dropFirst(5))) }
      let weights = try SafetensorsFile(Path.join(files, "model.safetensors"))
      let moments = try SafetensorsFile(Path.join(files, "optimizer.safetensors"))
      #expect(!weights.entries.isEmpty)
      #expect(moments.entries.count == 3 * weights.entries.count)
    }
  }

  /// What in the run's folders is neither the model nor a checkpoint nor a report.
  func litter() throws -> [String] {
    let folders = Path.exists(folder) ? [run, folder] : [run]
    return try folders.flatMap { try Path.list($0) }.filter { $0.contains("tmp") || $0 == ".lock" }
  }
}
