using Graft.Client.Checkpoints;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Client;

/// <summary>Folders from somebody else: imported with links, exported over links, with paths that lead elsewhere.</summary>
public sealed class LinkedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-links-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_file_that_is_a_link_out_of_the_folder_is_not_imported()
    {
        var secret = Write("secret", "the user's key");
        var checkpoint = Checkpoint("checkpoint");
        File.CreateSymbolicLink(Path.Combine(checkpoint, "tokenizer.json"), secret);

        var fault = Assert.Throws<FaultException>(() => SmallFiles.Find(checkpoint));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains($"tokenizer.json is a link to {secret}, outside of its folder", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_that_leads_out_through_a_linked_folder_is_found()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "key.json"), "{}");
        var checkpoint = Checkpoint("checkpoint");
        Directory.CreateSymbolicLink(Path.Combine(checkpoint, "sub"), outside);
        File.CreateSymbolicLink(Path.Combine(checkpoint, "tokenizer.json"), "sub/key.json");

        Assert.Throws<FaultException>(() => SmallFiles.Find(checkpoint));
    }

    [Fact]
    public void A_circle_of_links_ends()
    {
        var checkpoint = Checkpoint("checkpoint");
        File.CreateSymbolicLink(Path.Combine(checkpoint, "a.json"), "b.json");
        File.CreateSymbolicLink(Path.Combine(checkpoint, "b.json"), "a.json");

        Assert.Throws<FaultException>(() => SmallFiles.Find(checkpoint));
    }

    [Fact]
    public void Links_inside_the_folder_and_those_of_a_Hugging_Face_cache_are_followed()
    {
        var blobs = Directory.CreateDirectory(Path.Combine(_folder, "models--org--model", "blobs")).FullName;
        File.WriteAllText(Path.Combine(blobs, "0a1b"), "{}");
        var snapshot = Checkpoint(Path.Combine("models--org--model", "snapshots", "main"));
        File.CreateSymbolicLink(Path.Combine(snapshot, "tokenizer.json"), "../../blobs/0a1b");
        File.CreateSymbolicLink(Path.Combine(snapshot, "generation_config.json"), "config.json");

        Assert.Equal(["config.json", "generation_config.json", "tokenizer.json"], SmallFiles.Find(snapshot).Select(file => file.Name));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("a/../../escaped")]
    [InlineData("/etc/escaped")]
    [InlineData("a\\..\\..\\escaped")]
    [InlineData("nul\0l")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("folder/")]
    public void A_path_of_a_manifest_that_leads_elsewhere_has_no_place(string path)
    {
        using var export = new ExportFolder(Path.Combine(_folder, "out"), 0);

        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => export.Place(path)).Kind);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories), entry => entry.Contains("escaped", StringComparison.Ordinal));
    }

    [Fact]
    public void An_export_neither_writes_nor_deletes_through_links_that_were_there()
    {
        var kept = Write("kept", "mine");
        var partial = Directory.CreateDirectory(Path.Combine(_folder, "out.partial")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(partial, "sub"), _folder);

        var inside = Assert.Throws<FaultException>(() => new ExportFolder(Path.Combine(_folder, "out"), 0));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "other.partial"), _folder);
        var itself = Assert.Throws<FaultException>(() => new ExportFolder(Path.Combine(_folder, "other"), 0));

        Assert.Equal((FaultKind.Precondition, FaultKind.Precondition), (inside.Kind, itself.Kind));
        Assert.Contains("is a link", inside.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(kept));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Checkpoint(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        return folder;
    }
}
