"""The USB edition of a conference: a folder of plain pages that opens from a stick.

No server and no network: pages of HTML, slides as pictures, the small copies of recordings,
transcripts, and a search in a few lines of script over a list of our own. It holds what everybody
among its readers may know of and read today, nothing else.
"""
