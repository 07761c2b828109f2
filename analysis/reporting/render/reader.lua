-- Reads several Markdown texts in one start of pandoc, each on its own, so that
-- no text can close a div or define a link that another one opened.
-- Input: a JSON array of {"text": ..., "format": ...}; output: one Div each.
function Reader(input)
  local blocks = pandoc.List()
  for _, part in ipairs(pandoc.json.decode(tostring(input), false)) do
    blocks:insert(pandoc.Div(pandoc.read(part.text, part.format).blocks))
  end
  return pandoc.Pandoc(blocks)
end
