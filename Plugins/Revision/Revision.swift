import Foundation
import PackagePlugin

/// Writes the revision of the checkout into the program that is built, before each build.
@main
struct Revision: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let script = context.package.directoryURL.appending(path: "Scripts/revision.sh")
    let folder = context.pluginWorkDirectoryURL
    return [
      .prebuildCommand(
        displayName: "Revision", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: [script.path, context.package.directoryURL.path, folder.path],
        outputFilesDirectory: folder)
    ]
  }
}
