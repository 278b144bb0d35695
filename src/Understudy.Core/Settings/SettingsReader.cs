namespace Understudy.Core.Settings;

/// <summary>Turns the text of a settings file into settings, or into everything that is wrong with it.</summary>
public static class SettingsReader
{
    /// <summary>Reads a whole file's text. Never throws, whatever the text.</summary>
    /// <param name="file">The file's name, as errors shall name it.</param>
    /// <param name="text">What is in it. Files that it names are not opened: whether secrets can be read by others is for the caller to see.</param>
    /// <param name="request">Who asks.</param>
    public static SettingsReading Read(string file, string text, SettingsRequest request)
    {
        var notes = new SettingsNotes(Scalars.OneLine(file, longest: 4096));
        UnderstudySettings? settings = null;
        if (TextTree.Of(text, notes) is { } tree)
        {
            if (tree is TextNode.Mapping mapping)
            {
                var top = new Section(notes, path: "", heading: "", mapping.Place, mapping);
                settings = UnderstudySettings.Read(top, request);
                top.RefuseTheRest();
            }
            else
            {
                notes.Error(tree.Place, "", "this is no mapping; settings are lines like 'port: 1291'");
            }
        }

        var errors = notes.Errors;
        return new(errors.Count == 0 ? settings : null, errors, notes.Warnings);
    }
}
