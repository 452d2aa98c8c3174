"""Everything that meets raw text, and turns it into nouns of the model or refuses it in plain words.

problems       what is wrong with an input: file, line, field, value, message
source         a file's text, refused before it costs memory
syntax         what the YAML parser remarks, in plain words
scalar         null, true, 12, 1.5 or text
tree           YAML text -> nodes that know their lines
place          where a field stands in a tree
shape          which keys may stand where, read from the dataclasses
overrides      `--set path=value` on the raw tree
complaints     what pydantic found -> problems
relations      what a single dataclass cannot see: plans against the horizon
words          a scenario back to YAML
identity       canonical form and sha256: all that can change a result
library        scenarios that come with Coalmine
scenario_file  text -> Scenario; the door to all of the above
lint           warnings of `coalmine check`
schema         JSON Schema for editors
starter        what `coalmine new` writes
formula        small sums in a lesson;  lesson_fields  its mappings;  lesson  Markdown -> Lesson
lesson_library lessons that come along, and a teacher's folder
"""
