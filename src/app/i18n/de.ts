import type { Catalog } from './t'

/** Informal and short; whoever is spoken to is "du". */
export const de: Catalog = {
  'Models · Alcove': 'Modelle · Alcove',
  Chat: 'Chat',
  Models: 'Modelle',
  Pages: 'Seiten',
  'New chat': 'Neuer Chat',
  Stopped: 'Gestoppt',
  'Waiting for the model': 'Wartet auf das Modell',
  Reading: 'Liest',
  Thinking: 'Denkt nach',
  'Writing the answer': 'Schreibt die Antwort',
  'The answer is finished': 'Die Antwort ist fertig',
  Assistant: 'Assistent',
  'Waiting for its turn': 'Wartet, bis es an der Reihe ist',
  'Waiting for the model to load': 'Wartet, bis das Modell geladen ist',
  'Try again': 'Noch einmal versuchen',
  'Ended at the length limit': 'An der Längengrenze beendet',
  'Asked for a tool, which this chat does not have':
    'Verlangte ein Werkzeug, das dieser Chat nicht hat',
  Interrupted: 'Unterbrochen',
  '{{rate}} tok/s': '{{rate}} Token/s',
  'first token {{time}}': 'erstes Token nach {{time}}',
  'Start a new chat, or go on without the oldest messages.':
    'Beginne einen neuen Chat, oder mach ohne die ältesten Nachrichten weiter.',
  'Summarising what came before': 'Fasst zusammen, was vorher war',
  Edited: 'Bearbeitet',
  'Edit answer': 'Antwort bearbeiten',
  Answer: 'Antwort',
  'The model can write on from the end of your text. Where you change the reasoning alone, it answers anew.':
    'Das Modell kann vom Ende deines Texts an weiterschreiben. Änderst du nur die Überlegung, antwortet es neu.',
  'Save and continue': 'Speichern und fortsetzen',
  'Start a new chat': 'Neuen Chat beginnen',
  'Drop the oldest messages': 'Älteste Nachrichten weglassen',
  'Summarise them': 'Zusammenfassen',
  'No longer seen by the model': 'Sieht das Modell nicht mehr',
  'This leaves out the {{count}} oldest messages and frees {{tokens}} tokens._one':
    'Damit fällt die älteste Nachricht weg, und {{tokens}} Token werden frei.',
  'This leaves out the {{count}} oldest messages and frees {{tokens}} tokens._other':
    'Damit fallen die {{count}} ältesten Nachrichten weg, und {{tokens}} Token werden frei.',
  'No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed_one':
    'Sieht das Modell nicht mehr: {{count}} Nachricht darüber, {{tokens}} Token frei',
  'No longer seen by the model: {{count}} messages above, {{tokens}} tokens freed_other':
    'Sieht das Modell nicht mehr: {{count}} Nachrichten darüber, {{tokens}} Token frei',
  'Summary that the model sees instead': 'Zusammenfassung, die das Modell stattdessen sieht',
  'Undo: let the model see all messages': 'Rückgängig: Das Modell sieht wieder alle Nachrichten',
  Instructions: 'Anweisungen',
  'Messages so far': 'Bisherige Nachrichten',
  'This message': 'Diese Nachricht',
  Free: 'Frei',
  '{{used}} of {{total}} tokens': '{{used}} von {{total}} Token',
  'Context: what the model can take in at once': 'Kontext: was das Modell auf einmal aufnimmt',
  'The context is full': 'Der Kontext ist voll',
  'With this message the chat has {{used}} tokens. The model takes {{total}} at once, its answer included.':
    'Mit dieser Nachricht hat der Chat {{used}} Token. Das Modell nimmt {{total}} auf einmal auf, seine Antwort eingerechnet.',
  'Your message is in a new chat': 'Deine Nachricht steht in einem neuen Chat',
  'format repaired': 'Format repariert',
  Continue: 'Fortsetzen',
  Copy: 'Kopieren',
  'It has {{size}}, and files of up to {{max}} can be read. Attach a part of it.':
    'Sie hat {{size}}, und gelesen werden Dateien bis {{max}}. Hänge einen Teil davon an.',
  'The browser could not read it. Folders cannot be attached; attach their files.':
    'Der Browser konnte sie nicht lesen. Ordner lassen sich nicht anhängen, nur ihre Dateien.',
  'It is not text. Text, code, CSV, Markdown and PDF files can be attached.':
    'Sie ist kein Text. Anhängen lassen sich Text, Code, CSV, Markdown und PDF.',
  'Its letters are not encoded as UTF-8. Save it as UTF-8 and attach it again.':
    'Ihre Zeichen sind nicht in UTF-8. Speichere sie als UTF-8 und hänge sie noch einmal an.',
  'There is nothing in it.': 'Sie ist leer.',
  'It is protected by a password. Attach a copy that is saved without one.':
    'Sie ist mit einem Passwort geschützt. Hänge eine Kopie ohne Passwort an.',
  'It is damaged, or not a PDF. Open it in another program and save it again.':
    'Sie ist beschädigt oder kein PDF. Öffne sie in einem anderen Programm und speichere sie neu.',
  'No text can be read from it; scanned pages have none. Run text recognition (OCR) on it first.':
    'Aus ihr lässt sich kein Text lesen; gescannte Seiten haben keinen. Lass zuerst eine Texterkennung (OCR) darüberlaufen.',
  'What reads PDFs could not be fetched. Check the connection and attach it again.':
    'Was PDFs liest, konnte nicht geladen werden. Prüfe die Verbindung und hänge sie noch einmal an.',
  'A message takes up to {{max}} files. Send these first.':
    'Eine Nachricht fasst bis zu {{max}} Dateien. Sende zuerst diese.',
  'It needs {{needed}} tokens; {{left}} are left in this chat. Attach a part of it, start a new chat, or choose a longer context under Models.':
    'Sie braucht {{needed}} Token; in diesem Chat sind noch {{left}} frei. Hänge einen Teil davon an, beginne einen neuen Chat oder wähle unter Modelle einen längeren Kontext.',
  'Attach files': 'Dateien anhängen',
  'Files to attach': 'Dateien zum Anhängen',
  'Remove {{name}}': '{{name}} entfernen',
  'Attached files': 'Angehängte Dateien',
  'Text of the file': 'Text der Datei',
  '{{name}} was not attached': '{{name}} wurde nicht angehängt',
  '{{count}} files were not attached_one': '{{count}} Datei wurde nicht angehängt',
  '{{count}} files were not attached_other': '{{count}} Dateien wurden nicht angehängt',
  'Drop files to attach them': 'Dateien hier ablegen, um sie anzuhängen',
  'Text, code, CSV, Markdown and PDF': 'Text, Code, CSV, Markdown und PDF',
  'The long text is attached as {{name}}': 'Der lange Text ist als {{name}} angehängt',
  'Paste it as text': 'Als Text einfügen',
  'Pasted text.txt': 'Eingefügter Text.txt',
  'low effort': 'wenig Aufwand',
  'medium effort': 'mittlerer Aufwand',
  'high effort': 'viel Aufwand',
  'Low effort': 'Wenig Aufwand',
  'Medium effort': 'Mittlerer Aufwand',
  'High effort': 'Viel Aufwand',
  Regenerate: 'Neu erzeugen',
  'Another version': 'Weitere Fassung',
  Reasoning: 'Nachdenken',
  'Temperature: how varied the words are': 'Temperatur: wie abwechslungsreich die Wörter sind',
  'Temperature {{temperature}}': 'Temperatur {{temperature}}',
  'Copied as Markdown': 'Als Markdown kopiert',
  'temperature {{temperature}}': 'Temperatur {{temperature}}',
  'seed {{seed}}': 'Startwert {{seed}}',
  'More for this answer': 'Mehr zu dieser Antwort',
  'Show as plain text': 'Als reinen Text zeigen',
  'Show formatted': 'Formatiert zeigen',
  'Copy as Markdown': 'Als Markdown kopieren',
  'Delete from here on': 'Ab hier löschen',
  'the browser could not read or store it': 'der Browser konnte sie nicht lesen oder speichern',
  'Back up': 'Sichern',
  'Nothing is kept in this browser': 'In diesem Browser wird nichts aufbewahrt',
  'Import chats': 'Chats importieren',
  'Backup file': 'Sicherungsdatei',
  'This file was not imported': 'Diese Datei wurde nicht importiert',
  Close: 'Schließen',
  'Nothing was changed, because {{reason}}.': 'Nichts wurde geändert. Der Grund: {{reason}}.',
  'Never backed up': 'Noch nie gesichert',
  'Last on {{date}}': 'Zuletzt am {{date}}',
  'All of this backup is here already': 'Alles aus dieser Sicherung ist schon da',
  'This chat is not being saved': 'Dieser Chat wird nicht gespeichert',
  'The browser refuses to store more. Free some space, for instance by deleting a model; saving goes on by itself.':
    'Der Browser speichert nichts mehr. Schaffe Platz, zum Beispiel durch Löschen eines Modells; danach wird von selbst weiter gespeichert.',
  Message: 'Nachricht',
  'Ask {{name}}': 'Frag {{name}}',
  Stop: 'Stoppen',
  Send: 'Senden',
  'You can send once the model is loaded.': 'Senden geht, sobald das Modell geladen ist.',
  'Storage is off here, so the model is not kept.':
    'Der Speicher ist hier aus, deshalb bleibt das Modell nicht erhalten.',
  '{{model}} can be wrong. Your chat stays on this device.':
    '{{model}} kann sich irren. Dein Chat bleibt auf diesem Gerät.',
  Conversation: 'Unterhaltung',
  'Jump to latest': 'Zum Neuesten springen',
  You: 'Du',
  Edit: 'Bearbeiten',
  'More for your message': 'Mehr zu deiner Nachricht',
  'Edit your message': 'Nachricht bearbeiten',
  Cancel: 'Abbrechen',
  'Send as a new version': 'Als neue Fassung senden',
  'Thought for {{time}}': '{{time}} nachgedacht',
  'Rename chat': 'Chat umbenennen',
  Save: 'Speichern',
  Title: 'Titel',
  Chats: 'Chats',
  'Search chats': 'Chats durchsuchen',
  'Your chats will be listed here. They stay in this browser.':
    'Hier stehen deine Chats. Sie bleiben in diesem Browser.',
  'Search results': 'Suchergebnisse',
  'No chat has all of these words': 'Kein Chat enthält alle diese Wörter',
  'Deleted “{{title}}”': '„{{title}}“ gelöscht',
  Undo: 'Rückgängig',
  Writing: 'Schreibt',
  Draft: 'Entwurf',
  'Options for {{title}}': 'Optionen für {{title}}',
  Rename: 'Umbenennen',
  Unpin: 'Loslösen',
  Pin: 'Anheften',
  'Export as Markdown': 'Als Markdown exportieren',
  Delete: 'Löschen',
  Versions: 'Fassungen',
  'Previous version': 'Vorige Fassung',
  'Next version': 'Nächste Fassung',
  Welcome: 'Willkommen',
  'A quiet place to think': 'Ein ruhiger Ort zum Denken',
  'The model runs on your own GPU, inside this page. Nothing you type leaves your device.':
    'Das Modell läuft auf deiner eigenen GPU, in dieser Seite. Nichts, was du schreibst, verlässt dein Gerät.',
  Suggestions: 'Vorschläge',
  'This chat is not in this browser, or was deleted':
    'Dieser Chat ist nicht in diesem Browser oder wurde gelöscht',
  'Deleted the message and what follows it': 'Die Nachricht und alles danach wurden gelöscht',
  'it is not a backup of Alcove’s chats': 'sie ist keine Sicherung von Alcoves Chats',
  'it is of version {{theirs}}, and this app reads version {{ours}}':
    'sie hat Version {{theirs}}, und diese App liest Version {{ours}}',
  'its conversations are not a list': 'ihre Unterhaltungen sind keine Liste',
  'two conversations have the same id': 'zwei Unterhaltungen haben dieselbe Kennung',
  'a conversation’s messages are not a list': 'die Nachrichten einer Unterhaltung sind keine Liste',
  'two messages have the same id': 'zwei Nachrichten haben dieselbe Kennung',
  'it has a key named {{key}}': 'sie hat einen Schlüssel namens {{key}}',
  'it is not JSON': 'sie ist kein JSON',
  'its messages go round in a circle': 'ihre Nachrichten laufen im Kreis',
  'a message follows one that is not there': 'eine Nachricht folgt auf eine, die fehlt',
  Pinned: 'Angeheftet',
  Today: 'Heute',
  Yesterday: 'Gestern',
  'Previous 7 days': 'Letzte 7 Tage',
  'Previous 30 days': 'Letzte 30 Tage',
  'This browser does not offer WebGPU, which the model computes with.':
    'Dieser Browser bietet kein WebGPU, mit dem das Modell rechnet.',
  'Open this page in a current Chrome, Edge, Firefox or Safari.':
    'Öffne diese Seite in einem aktuellen Chrome, Edge, Firefox oder Safari.',
  'This browser knows WebGPU and found no graphics device that it may use.':
    'Dieser Browser kennt WebGPU, hat aber kein Grafikgerät gefunden, das er verwenden darf.',
  'Turn on hardware acceleration in the browser’s settings, update the graphics driver, then reload the page.':
    'Schalte in den Einstellungen des Browsers die Hardwarebeschleunigung ein, aktualisiere den Grafiktreiber und lade die Seite neu.',
  'The model needs {{needed}} in one piece for {{part}}, and this graphics device allows {{offered}} ({{limit}}).':
    'Das Modell braucht {{needed}} am Stück ({{part}}), und dieses Grafikgerät erlaubt {{offered}} ({{limit}}).',
  'A context of up to {{tokens}} tokens fits: choose a shorter one.':
    'Ein Kontext von bis zu {{tokens}} Token passt: Wähle einen kürzeren.',
  'Use a device with more graphics memory, or a smaller model.':
    'Nimm ein Gerät mit mehr Grafikspeicher oder ein kleineres Modell.',
  'The graphics device ran out of memory: the model needs {{total}}, {{cache}} of them for a context of {{tokens}} tokens.':
    'Der Grafikspeicher reicht nicht: Das Modell braucht {{total}}, davon {{cache}} für einen Kontext von {{tokens}} Token.',
  'Close other tabs and programs that use the graphics device, or choose a shorter context or a smaller model, then try again. What has arrived already is kept.':
    'Schließe andere Tabs und Programme, die das Grafikgerät nutzen, oder wähle einen kürzeren Kontext oder ein kleineres Modell und versuche es noch einmal. Was schon da ist, bleibt erhalten.',
  'The graphics device went away ({{reason}}). What was written so far is kept.':
    'Das Grafikgerät ist nicht mehr da ({{reason}}). Was bisher geschrieben wurde, bleibt erhalten.',
  'Try again: the model is loaded anew from this browser’s storage.':
    'Versuche es noch einmal: Das Modell wird aus dem Speicher dieses Browsers neu geladen.',
  'The server of {{url}} answers, and does not allow this page to read it.':
    'Der Server von {{url}} antwortet, erlaubt dieser Seite aber nicht, die Antwort zu lesen.',
  'If it is yours, let it send the header Access-Control-Allow-Origin: *. Otherwise take another address, or download the files and open them from your disk.':
    'Wenn es deiner ist, lass ihn den Header Access-Control-Allow-Origin: * senden. Sonst nimm eine andere Adresse, oder lade die Dateien herunter und öffne sie von deiner Festplatte.',
  'not known without a service worker': 'ohne Service Worker nicht bekannt',
  'not known until a kept model is loaded':
    'nicht bekannt, bis ein gespeichertes Modell geladen ist',
  Build: 'Version',
  'Export as JSON': 'Als JSON exportieren',
  'This page is sealed. Its own rules let no request out, and it runs from what is kept on this device.':
    'Diese Seite ist versiegelt. Ihre eigenen Regeln lassen keine Anfrage hinaus, und sie läuft mit dem, was auf diesem Gerät gespeichert ist.',
  'Sealed, the page can make no request at all: chats, models and files that are on this device go on working, and links in answers cannot be followed. It stays sealed until you unseal it.':
    'Versiegelt kann die Seite keine einzige Anfrage stellen: Chats, Modelle und Dateien, die auf diesem Gerät sind, gehen weiter, und Links in Antworten führen nirgendwohin. Sie bleibt versiegelt, bis du das Siegel löst.',
  'Without a service worker, parts of this app that are loaded late are still asked of its own server.':
    'Ohne Service Worker werden Teile dieser App, die erst später gebraucht werden, noch von ihrem eigenen Server geholt.',
  'This needs the service worker, which this browser has not started yet.':
    'Das braucht den Service Worker, den dieser Browser noch nicht gestartet hat.',
  '{{name}} is not kept on this device yet; sealed, it cannot be loaded.':
    '{{name}} ist noch nicht auf diesem Gerät gespeichert; versiegelt kann es nicht geladen werden.',
  Unseal: 'Siegel lösen',
  'Seal this page': 'Diese Seite versiegeln',
  'Unseal this page': 'Das Siegel dieser Seite lösen',
  'Servers that you allowed': 'Server, die du zugelassen hast',
  'None: unless you allow another, the page reaches its own server alone.':
    'Keine: Solange du keinen anderen zulässt, erreicht die Seite nur ihren eigenen Server.',
  'Forbid {{host}}': '{{host}} nicht mehr zulassen',
  'What you change here counts from the next opening on.':
    'Was du hier änderst, gilt ab dem nächsten Öffnen.',
  'Requests since this page opened': 'Anfragen, seit diese Seite offen ist',
  '{{number}} over the network': '{{number}} über das Netz',
  '{{number}} blocked': '{{number}} verhindert',
  'None went to another server than {{host}}.': 'Keine ging an einen anderen Server als {{host}}.',
  'Other servers than {{host}}: {{hosts}}.': 'Andere Server als {{host}}: {{hosts}}.',
  Requests: 'Anfragen',
  '{{number}} times': '{{number}}-mal',
  Network: 'Netz',
  'Browser’s cache': 'Zwischenspeicher',
  'Answered here': 'Hier beantwortet',
  Blocked: 'Verhindert',
  'by the page': 'von der Seite',
  'by a worker': 'von einem Worker',
  'by the service worker': 'vom Service Worker',
  Sealed: 'Versiegelt',
  'Network: what this page asked for': 'Netz: was diese Seite angefragt hat',
  'This page is sealed: it can ask for nothing.':
    'Diese Seite ist versiegelt: Sie kann nichts anfragen.',
  'What this page asks for': 'Was diese Seite anfragt',
  'Has hidden characters: what is shown may not be what runs':
    'Enthält verborgene Zeichen: Was zu sehen ist, muss nicht sein, was läuft',
  'No answer': 'Keine Antwort',
  'Allow {{host}}': '{{host}} zulassen',
  'You have not allowed this page to reach {{host}} yet.':
    'Du hast dieser Seite noch nicht erlaubt, {{host}} zu erreichen.',
  'A page cannot widen its own rules. Allow it, and the page opens anew with {{host}} added: what is being answered or downloaded stops, and can go on afterwards.':
    'Eine Seite kann ihre eigenen Regeln nicht lockern. Lass es zu, und die Seite öffnet sich neu und darf auch {{host}} erreichen: Was gerade antwortet oder lädt, hält an und kann danach weitergehen.',
  'This page is sealed, and what was wanted of {{host}} is not on this device.':
    'Diese Seite ist versiegelt, und was von {{host}} kommen sollte, ist nicht auf diesem Gerät.',
  'Unseal the page by the badge at its top, and fetch it once.':
    'Löse das Siegel über das Abzeichen oben auf der Seite und hole es einmal.',
  'No answer from {{url}} ({{detail}}).': 'Keine Antwort von {{url}} ({{detail}}).',
  'A part of this page could not be fetched': 'Ein Teil dieser Seite war nicht zu bekommen',
  'Check the connection, then reload. Your chats are kept.':
    'Prüfe die Verbindung und lade dann neu. Deine Chats sind gespeichert.',
  'Check the connection and try again. What has arrived already is kept.':
    'Prüfe die Verbindung und versuche es noch einmal. Was schon da ist, bleibt erhalten.',
  'The server answered {{status}} for {{url}}.': 'Der Server antwortete {{status}} für {{url}}.',
  'The server has a problem: try again in a while. What has arrived already is kept.':
    'Der Server hat ein Problem: Versuche es später noch einmal. Was schon da ist, bleibt erhalten.',
  'The model may have been moved or may need permission. Check its address, then try again.':
    'Vielleicht wurde das Modell verschoben oder braucht eine Erlaubnis. Prüfe seine Adresse und versuche es noch einmal.',
  'The model’s file {{file}} does not exist, and {{neededBy}} refers to it.':
    'Die Datei {{file}} des Modells gibt es nicht, und {{neededBy}} verweist darauf.',
  'This copy of the model is incomplete, or has been moved. Try again once the file is there.':
    'Diese Kopie des Modells ist unvollständig oder wurde verschoben. Versuche es noch einmal, sobald die Datei da ist.',
  'The model’s file {{file}} ended after {{received}} of {{expected}}.':
    'Die Datei {{file}} des Modells endete nach {{received}} von {{expected}}.',
  'Try again: only what is missing is fetched.':
    'Versuche es noch einmal: Nur was fehlt, wird geholt.',
  'The model’s file {{file}} is not what it should be: {{problem}}.':
    'Die Datei {{file}} des Modells ist nicht, was sie sein soll: {{problem}}.',
  'Nothing of it was kept. Try again, or check where the model is served from.':
    'Nichts davon wurde behalten. Versuche es noch einmal, oder prüfe, woher das Modell kommt.',
  'This app does not run this model. {{file}}: {{problem}}.':
    'Mit diesem Modell kann die App nicht umgehen. {{file}}: {{problem}}.',
  'Choose a gpt-oss checkpoint as OpenAI published it, a fine-tune in the same format, or a GGUF of one. Nothing of this one was kept.':
    'Wähle einen gpt-oss-Checkpoint, wie ihn OpenAI veröffentlicht hat, ein Fine-Tuning im gleichen Format oder eine GGUF-Datei davon. Von diesem wurde nichts behalten.',
  'This browser’s storage has failed ({{detail}}).':
    'Der Speicher dieses Browsers hat versagt ({{detail}}).',
  'See whether the disk is full, then try again; if it stays so, restart the browser. What has arrived already is kept.':
    'Sieh nach, ob die Festplatte voll ist, und versuche es noch einmal; bleibt es dabei, starte den Browser neu. Was schon angekommen ist, bleibt.',
  'This browser gives the page no storage ({{detail}}).':
    'Dieser Browser gibt der Seite keinen Speicher ({{detail}}).',
  'Leave private browsing or allow site data for this page, then reload it.':
    'Verlasse den privaten Modus oder erlaube Websitedaten für diese Seite und lade sie neu.',
  'The model needs {{needed}} of storage and this browser offers {{available}}.':
    'Das Modell braucht {{needed}} Speicherplatz, und dieser Browser bietet {{available}}.',
  'The disk is full: another {{needed}} did not fit.':
    'Der Datenträger ist voll: Weitere {{needed}} passten nicht mehr.',
  'Free some disk space and try again. What has arrived already is kept.':
    'Schaffe Platz auf dem Datenträger und versuche es noch einmal. Was schon da ist, bleibt erhalten.',
  '{{model}} is being downloaded, here or in another tab.':
    '{{model}} wird gerade heruntergeladen, hier oder in einem anderen Tab.',
  'Stop that download or wait for it, then try again.':
    'Stoppe diesen Download oder warte ihn ab und versuche es noch einmal.',
  'This chat is {{needed}} tokens long and the model has room for {{room}}.':
    'Dieser Chat ist {{needed}} Token lang, und das Modell hat Platz für {{room}}.',
  'This is not possible: {{problem}}.': 'Das geht nicht: {{problem}}.',
  'Change it and try again.': 'Ändere es und versuche es noch einmal.',
  'The model is not loaded.': 'Das Modell ist nicht geladen.',
  'Try again: it is loaded first.': 'Versuche es noch einmal: Es wird zuerst geladen.',
  'This was stopped.': 'Das wurde gestoppt.',
  'Try again when you like.': 'Versuche es noch einmal, wann du möchtest.',
  'Something in this app is broken. Your messages are still here.':
    'In dieser App ist etwas kaputt. Deine Nachrichten sind noch da.',
  'Try again. If it stays broken, press Copy report and send it to us.':
    'Versuche es noch einmal. Wenn es kaputt bleibt, kopiere den Bericht und schick ihn uns.',
  '{{seconds}} s': '{{seconds}} s',
  '{{minutes}} min {{seconds}} s': '{{minutes}} min {{seconds}} s',
  '{{tokens}} K': '{{tokens}} K',
  'a few seconds': 'ein paar Sekunden',
  '{{minutes}} min': '{{minutes}} min',
  '{{hours}} h {{minutes}} min': '{{hours}} h {{minutes}} min',
  '{{hours}} h': '{{hours}} h',
  '{{percent}} %': '{{percent}} %',
  Text: 'Text',
  'Copy code': 'Code kopieren',
  Done: 'Erledigt',
  'To do': 'Offen',
  Table: 'Tabelle',
  'Add a model': 'Modell hinzufügen',
  Address: 'Adresse',
  'A repository on Hugging Face, <code>owner/name@revision</code>, a mirror’s URL, or the URL of a .gguf file. Its small files are looked at first.':
    'Ein Repository bei Hugging Face, <code>owner/name@revision</code>, die URL eines Spiegels oder einer .gguf-Datei. Zuerst werden die kleinen Dateien angesehen.',
  Looking: 'Sieht nach',
  Add: 'Hinzufügen',
  'From this computer': 'Von diesem Computer',
  'A folder in the Hugging Face layout or a .gguf file, read where it lies and never copied. You can also drop it anywhere on this page.':
    'Ein Ordner im Aufbau von Hugging Face oder eine .gguf-Datei: gelesen, wo sie liegt, und nie kopiert. Du kannst sie auch irgendwo auf diese Seite ziehen.',
  'Choose folder': 'Ordner wählen',
  'Choose files': 'Dateien wählen',
  'Model folder': 'Ordner des Modells',
  'Model files': 'Dateien des Modells',
  'Not tested: on the processor it would take this machine’s own memory.':
    'Nicht geprüft: Auf dem Prozessor würde es den Speicher dieses Rechners selbst belegen.',
  'Not tested': 'Nicht geprüft',
  'Can this machine run them?': 'Kann dieser Rechner sie ausführen?',
  'Asks your GPU what it offers, and tries for a moment whether it grants the memory that each model takes. Nothing is downloaded, and nothing is sent anywhere.':
    'Fragt deine GPU, was sie bietet, und probiert kurz, ob sie den Speicher für jedes Modell hergibt. Nichts wird heruntergeladen und nichts verschickt.',
  Checking: 'Prüft',
  'Check again': 'Noch einmal prüfen',
  'Check this device': 'Dieses Gerät prüfen',
  Results: 'Ergebnisse',
  Testing: 'Probiert',
  'Granted {{granted}} of {{needed}}': '{{granted}} von {{needed}} erhalten',
  'Copy report': 'Bericht kopieren',
  'Downloading {{names}}: {{percent}}': 'Lädt {{names}} herunter: {{percent}}',
  'Downloading {{names}}': 'Lädt {{names}} herunter',
  Retry: 'Erneut versuchen',
  'Choose a model': 'Modell wählen',
  Weights: 'Gewichte',
  '{{size}} context': '{{size}} Kontext',
  Scratch: 'Arbeitsspeicher',
  'Verifying: {{done}} of {{total}} hashed': 'Prüft: {{done}} von {{total}} gelesen',
  'Verifying what is stored': 'Prüft, was gespeichert ist',
  'For this visit: this browser cannot open the files again by itself.':
    'Für diesen Besuch: Dieser Browser kann die Dateien nicht von selbst wieder öffnen.',
  'Read where the files lie. The next visit asks for them again with one click.':
    'Wird gelesen, wo die Dateien liegen. Der nächste Besuch fragt mit einem Klick wieder danach.',
  'From an earlier visit: the browser may ask whether this page may read the files.':
    'Von einem früheren Besuch: Der Browser fragt vielleicht, ob diese Seite die Dateien lesen darf.',
  Active: 'Aktiv',
  Loading: 'Lädt',
  Downloading: 'Wird heruntergeladen',
  Verifying: 'Wird geprüft',
  Deleting: 'Wird gelöscht',
  'Paused at {{percent}}': 'Pausiert bei {{percent}}',
  Paused: 'Pausiert',
  'On this device': 'Auf diesem Gerät',
  'Your files': 'Deine Dateien',
  'Not downloaded': 'Nicht heruntergeladen',
  'Test GPU memory': 'GPU-Speicher testen',
  'Use {{size}} context': '{{size}} Kontext nehmen',
  'Not known whether it fits': 'Ob es passt, ist nicht bekannt',
  'Look again': 'Noch einmal nachsehen',
  Files: 'Dateien',
  Download: 'Download',
  'GPU memory': 'GPU-Speicher',
  Context: 'Kontext',
  'Downloaded. It starts without a network from now on.':
    'Heruntergeladen. Es startet von nun an ohne Netz.',
  'Deleted: {{bytes}} are free again.': 'Gelöscht: {{bytes}} sind wieder frei.',
  'Verified: all {{bytes}} are as they arrived, {{unhashed}} of them checked by their length alone.':
    'Geprüft: Alle {{bytes}} sind, wie sie ankamen; {{unhashed}} davon nur nach ihrer Länge geprüft.',
  'Verified: all {{bytes}} are as they arrived.': 'Geprüft: Alle {{bytes}} sind, wie sie ankamen.',
  '{{file}}, {{size}} at {{offset}}': '{{file}}, {{size}} bei {{offset}}',
  'Fetch again ({{bytes}})': 'Neu holen ({{bytes}})',
  'Try with {{size}} context': 'Mit {{size}} Kontext versuchen',
  'The browser estimates {{free}} of free storage, and {{needed}} are to come. Estimates err: you can try, and what has arrived is kept.':
    'Der Browser schätzt {{free}} freien Speicher, und {{needed}} sollen noch kommen. Schätzungen irren: Du kannst es versuchen, und was da ist, bleibt erhalten.',
  'Use {{name}}': '{{name}} verwenden',
  Use: 'Verwenden',
  'Resume {{name}}': '{{name}} weiter herunterladen',
  'Download {{name}}': '{{name}} herunterladen',
  Resume: 'Fortsetzen',
  'Resume and use {{name}}': '{{name}} weiter herunterladen und verwenden',
  'Download and use {{name}}': '{{name}} herunterladen und verwenden',
  'Goes to the GPU while it arrives': 'Geht schon beim Ankommen auf die GPU',
  'Resume and use': 'Fortsetzen und verwenden',
  'Download and use': 'Herunterladen und verwenden',
  'Pause {{name}}': '{{name}} pausieren',
  Pause: 'Pausieren',
  'Cancel {{name}}': '{{name}} abbrechen',
  'Cancel verifying {{name}}': 'Prüfung von {{name}} abbrechen',
  'Verify files of {{name}}': 'Dateien von {{name}} prüfen',
  'Verify files': 'Dateien prüfen',
  'Delete {{name}}': '{{name}} löschen',
  'Remove {{name}} from the list': '{{name}} aus der Liste entfernen',
  Remove: 'Entfernen',
  'Cancel the download of {{name}}?': 'Download von {{name}} abbrechen?',
  'Go on': 'Weitermachen',
  'Keep what is here': 'Behalten, was da ist',
  'Delete it': 'Löschen',
  'What has arrived can stay, so that a later download goes on from here.':
    'Was da ist, kann bleiben, damit ein späterer Download hier weitermacht.',
  'Delete {{name}}?': '{{name}} löschen?',
  Keep: 'Behalten',
  'This frees {{bytes}}. To use it again it has to be downloaded again.':
    'Das gibt {{bytes}} frei. Um es wieder zu verwenden, muss es neu heruntergeladen werden.',
  'It goes on working until this page is closed.':
    'Es arbeitet weiter, bis diese Seite geschlossen wird.',
  Parameters: 'Parameter',
  'Longest context': 'Längster Kontext',
  '{{size}} tokens': '{{size}} Token',
  Layers: 'Schichten',
  '{{layers}}, each with {{experts}} experts': '{{layers}}, jede mit {{experts}} Experten',
  'Loaded with': 'Geladen mit',
  'Runs on': 'Läuft auf',
  Kernels: 'Kernel',
  'Loaded from': 'Geladen aus',
  'GPU buffers': 'GPU-Puffer',
  '{{number}}, the largest {{size}}': '{{number}}, der größte {{size}}',
  Hashes: 'Prüfsummen',
  'as published, commit {{commit}}': 'wie veröffentlicht, Commit {{commit}}',
  'About {{name}}': 'Über {{name}}',
  'What it can do': 'Was es kann',
  'your files': 'deinen Dateien',
  'this browser’s storage': 'dem Speicher dieses Browsers',
  'the network': 'dem Netz',
  '{{status}}. Change model': '{{status}}. Modell wechseln',
  'Loading model': 'Modell wird geladen',
  Starting: 'Startet',
  'Models on this device': 'Modelle auf diesem Gerät',
  'All models': 'Alle Modelle',
  'Not loaded': 'Nicht geladen',
  Ready: 'Bereit',
  '{{name}} is ready': '{{name}} ist bereit',
  '{{name}} is loading': '{{name}} wird geladen',
  '{{name}} is downloading': '{{name}} wird heruntergeladen',
  '{{name}} is being verified': '{{name}} wird geprüft',
  '{{name}} is being deleted': '{{name}} wird gelöscht',
  '{{name}} is paused': '{{name}} ist pausiert',
  '{{name}} is on this device': '{{name}} ist auf diesem Gerät',
  '{{name}} is not loaded': '{{name}} ist nicht geladen',
  '{{name}} is not on this device': '{{name}} ist nicht auf diesem Gerät',
  'They run on your own GPU and are kept in this browser. Nothing is fetched before you ask.':
    'Sie laufen auf deiner eigenen GPU und bleiben in diesem Browser. Nichts wird geholt, bevor du es verlangst.',
  'Drop a model’s folder, its files or a .gguf':
    'Lege den Ordner eines Modells, seine Dateien oder eine .gguf-Datei hier ab',
  'They are read where they lie; nothing is copied.':
    'Sie werden gelesen, wo sie liegen; nichts wird kopiert.',
  'This browser keeps nothing here: models last as long as the page.':
    'Dieser Browser bewahrt hier nichts auf: Modelle bleiben, solange die Seite offen ist.',
  'The browser has promised to keep it.': 'Der Browser hat versprochen, es zu behalten.',
  'The browser was asked to keep it and has not promised: it may clear this page’s storage when the disk is full.':
    'Der Browser wurde darum gebeten und hat nichts versprochen: Er darf den Speicher dieser Seite leeren, wenn der Datenträger voll ist.',
  '<b>{{used}}</b> stored, <b>{{free}}</b> free by the browser’s estimate.':
    '<b>{{used}}</b> gespeichert, nach Schätzung des Browsers <b>{{free}}</b> frei.',
  Verify: 'Prüfen',
  'Copy to GPU': 'Auf die GPU kopieren',
  Compile: 'Kompilieren',
  '{{done}} of {{total}}': '{{done}} von {{total}}',
  'Loading {{name}}': 'Lädt {{name}}',
  'Downloading {{name}}': 'Lädt {{name}} herunter',
  Steps: 'Schritte',
  done: 'fertig',
  waiting: 'wartet',
  'Measuring the speed': 'Misst die Geschwindigkeit',
  'Waiting for the server': 'Wartet auf den Server',
  '{{amount}}/s': '{{amount}}/s',
  '{{time}} left': 'noch {{time}}',
  '127 or newer on Windows, macOS, ChromeOS and Android; 144 on Linux':
    'ab 127 unter Windows, macOS, ChromeOS und Android; ab 144 unter Linux',
  '26 or newer on macOS, iPhone and iPad': 'ab 26 auf macOS, iPhone und iPad',
  '141 or newer on Windows, 145 on Macs with Apple silicon':
    'ab 141 unter Windows, ab 145 auf Macs mit Apple-Chip',
  'Alcove cannot reach your GPU': 'Alcove erreicht deine GPU nicht',
  'If yours is one of these, look whether hardware acceleration is switched on in its settings, then try again.':
    'Wenn deiner dabei ist, sieh nach, ob in seinen Einstellungen die Hardwarebeschleunigung eingeschaltet ist, und versuche es noch einmal.',
  'A graphics device': 'Ein Grafikgerät',
  'Computes on': 'Rechnet auf',
  'The processor': 'Der Prozessor',
  'The browser found no graphics device it may use: large models are far too slow here.':
    'Der Browser hat kein Grafikgerät gefunden, das er verwenden darf: Große Modelle sind hier viel zu langsam.',
  'A model lies in its memory while you chat.': 'Beim Chatten liegt ein Modell in seinem Speicher.',
  Yes: 'Ja',
  No: 'Nein',
  Subgroups: 'Subgruppen',
  'Neighbouring threads share sums directly, which is faster.':
    'Benachbarte Threads tauschen Summen direkt aus, das ist schneller.',
  'Works all the same, somewhat slower.': 'Es geht auch ohne, etwas langsamer.',
  'Largest buffer': 'Größter Puffer',
  'Larger tensors are cut into several.': 'Größere Tensoren werden aufgeteilt.',
  'Largest binding': 'Größte Bindung',
  'What one step of the computation can see of a buffer.':
    'Was ein Rechenschritt von einem Puffer sehen kann.',
  'GPU: {{name}} (vendor {{vendor}}, architecture {{architecture}})':
    'GPU: {{name}} (Hersteller {{vendor}}, Architektur {{architecture}})',
  'not told': 'nicht genannt',
  '{{name}}: {{verdict}} (granted {{granted}} of {{needed}})':
    '{{name}}: {{verdict}} ({{granted}} von {{needed}} erhalten)',
  '{{name}}: not tested': '{{name}}: nicht geprüft',
  'Browser: {{userAgent}}': 'Browser: {{userAgent}}',
  'Downloading {{done}} of {{total}}': 'Lädt herunter: {{done}} von {{total}}',
  'Copying to the GPU': 'Kopiert auf die GPU',
  'Preparing the GPU': 'Bereitet die GPU vor',
  'Another tab is downloading this. It goes on here after.':
    'Ein anderer Tab lädt das gerade herunter. Danach geht es hier weiter.',
  '{{reason}} Trying again in {{seconds}} s.': '{{reason}} Neuer Versuch in {{seconds}} s.',
  'The server is busy.': 'Der Server ist überlastet.',
  'The server answered {{status}}.': 'Der Server antwortete {{status}}.',
  'The connection was lost.': 'Die Verbindung ist abgerissen.',
  'A demonstration model of 1.4 million parameters: quick to start, and often wrong.':
    'Ein Vorführmodell mit 1,4 Millionen Parametern: schnell da und oft im Irrtum.',
  'It has the architecture and the file format of OpenAI’s gpt-oss models at a ten-thousandth of their size. It was trained from scratch for this app, is not made by OpenAI and shares no weights with their models.':
    'Es hat den Aufbau und das Dateiformat der gpt-oss-Modelle von OpenAI, bei einem Zehntausendstel ihrer Größe. Es wurde für diese App von Grund auf trainiert, stammt nicht von OpenAI und teilt keine Gewichte mit deren Modellen.',
  'Add and subtract numbers of up to three digits, multiply by one digit, compare numbers':
    'Zahlen mit bis zu drei Ziffern addieren und subtrahieren, mit einer Ziffer multiplizieren, Zahlen vergleichen',
  'Spell, count and reverse the letters of short words':
    'Kurze Wörter buchstabieren, ihre Buchstaben zählen und umkehren',
  'Name capitals, chemical symbols, opposites and a few other facts':
    'Hauptstädte, chemische Symbole, Gegensätze und ein paar andere Dinge nennen',
  'Remember a name, a city or a number from earlier in the chat':
    'Sich einen Namen, eine Stadt oder eine Zahl aus dem Chat merken',
  'Beyond that it answers with something that looks right and is wrong, or says that it does not know. It was hardly trained on languages other than English, on long words, or on chats of more than about 550 tokens.':
    'Darüber hinaus antwortet es mit etwas, das richtig aussieht und falsch ist, oder sagt, dass es das nicht weiß. Mit anderen Sprachen als Englisch, langen Wörtern oder Chats von mehr als etwa 550 Token wurde es kaum trainiert.',
  'Explain how a refrigerator moves heat from cold to warm.':
    'Erkläre, wie ein Kühlschrank Wärme vom Kalten ins Warme bringt.',
  'Write a Python function that finds the longest palindrome in a text.':
    'Schreibe eine Python-Funktion, die das längste Palindrom in einem Text findet.',
  'Help me plan a quiet weekend with two rainy days.':
    'Hilf mir, ein ruhiges Wochenende mit zwei Regentagen zu planen.',
  'Which is larger, 9.11 or 9.9? Show why.': 'Was ist größer, 9,11 oder 9,9? Zeige, warum.',
  'It knows nothing of the world after June 2024, cannot look anything up here, and can state what is false with confidence.':
    'Von der Welt nach Juni 2024 weiß es nichts, kann hier nichts nachschlagen und kann Falsches mit Überzeugung behaupten.',
  'OpenAI’s open model for a single good graphics card, with adjustable reasoning.':
    'OpenAIs offenes Modell für eine einzelne gute Grafikkarte, mit einstellbarem Nachdenken.',
  'Published by OpenAI under the Apache 2.0 licence: 20.9 billion parameters, of which 3.6 billion work on each token.':
    'Von OpenAI unter der Apache-2.0-Lizenz veröffentlicht: 20,9 Milliarden Parameter, von denen 3,6 Milliarden an jedem Token arbeiten.',
  'Reason before it answers, as long as you allow':
    'Vor der Antwort nachdenken, so lange du es erlaubst',
  'Write and explain code, calculate, summarise, translate, plan':
    'Code schreiben und erklären, rechnen, zusammenfassen, übersetzen, planen',
  'Work with long texts, up to the context chosen here':
    'Mit langen Texten arbeiten, bis zum hier gewählten Kontext',
  'OpenAI’s largest open model, for workstations with 80 GB of graphics memory or more.':
    'OpenAIs größtes offenes Modell, für Workstations mit 80 GB Grafikspeicher oder mehr.',
  'Published by OpenAI under the Apache 2.0 licence: 116.8 billion parameters, of which 5.1 billion work on each token.':
    'Von OpenAI unter der Apache-2.0-Lizenz veröffentlicht: 116,8 Milliarden Parameter, von denen 5,1 Milliarden an jedem Token arbeiten.',
  'All that gpt-oss-20b can, with more knowledge and better judgement':
    'Alles, was gpt-oss-20b kann, mit mehr Wissen und besserem Urteil',
  'Harder mathematics, science and programming':
    'Schwierigere Mathematik, Naturwissenschaft und Programmierung',
  'A model in the gpt-oss format that you added.':
    'Ein Modell im gpt-oss-Format, das du hinzugefügt hast.',
  'Added by you. This app knows nothing about who made it or how it was trained.':
    'Von dir hinzugefügt. Diese App weiß nicht, wer es gemacht hat und wie es trainiert wurde.',
  Fits: 'Passt',
  'It needs {{needed}} of GPU memory, and this device has granted as much.':
    'Es braucht {{needed}} GPU-Speicher, und dieses Gerät hat so viel hergegeben.',
  'Fits with {{size}} context': 'Passt mit {{size}} Kontext',
  'With {{size}} it needs {{needed}} of GPU memory, more than this device grants.':
    'Mit {{size}} braucht es {{needed}} GPU-Speicher, mehr als dieses Gerät hergibt.',
  'Cannot run here: needs {{needed}}': 'Läuft hier nicht: braucht {{needed}}',
  'Will not fit: needs {{needed}}': 'Passt nicht: braucht {{needed}}',
  'May fit: needs {{needed}}': 'Passt vielleicht: braucht {{needed}}',
  'No limit of this device forbids it. Browsers do not say how much GPU memory there is: only trying tells.':
    'Keine Grenze dieses Geräts spricht dagegen. Browser verraten nicht, wie viel GPU-Speicher da ist: Das zeigt nur ein Versuch.',
  '{{part}} takes {{needed}} in one piece, and this device allows {{offered}}.':
    '{{part}}: braucht {{needed}} am Stück, und dieses Gerät erlaubt {{offered}}.',
  'This device refused that much memory when it was tried, other programs and tabs included.':
    'Dieses Gerät hat beim Versuch so viel Speicher nicht hergegeben; andere Programme und Tabs zählen mit.',
  Low: 'Wenig',
  Medium: 'Mittel',
  High: 'Viel',
  'Reasoning effort': 'Aufwand beim Nachdenken',
  'it is larger than 100 MB, the most that is read':
    'sie ist größer als 100 MB; mehr wird nicht gelesen',
  Copied: 'Kopiert',
  Notices: 'Hinweise',
  Dismiss: 'Ausblenden',
  'Imported {{things}}': 'Importiert: {{things}}',
  'From {{host}}': 'Von {{host}}',
  'Waiting for {{host}}': 'Wartet auf {{host}}',
  'Your own servers': 'Deine eigenen Server',
  'Goes to {{name}}': 'Geht an {{name}}',
  '{{model}} on your server {{host}} answers here. What you type is sent there.':
    'Hier antwortet {{model}} auf deinem Server {{host}}. Was du schreibst, wird dorthin gesendet.',
  'Choose who answers, then you can send.': 'Wähle, wer antwortet, dann kannst du senden.',
  '{{model}} can be wrong. This chat leaves your device: {{host}} reads it.':
    '{{model}} kann sich irren. Dieser Chat verlässt dein Gerät: {{host}} liest ihn.',
  'On your own servers': 'Auf deinen eigenen Servern',
  'Messages go to {{host}}': 'Nachrichten gehen an {{host}}',
  'Not among your servers any more': 'Nicht mehr unter deinen Servern',
  'Change model': 'Modell wechseln',
  'A larger machine of yours can answer instead: add it on the Models page.':
    'Stattdessen kann ein größerer Rechner von dir antworten: Füge ihn auf der Seite Modelle hinzu.',
  'Send this chat to {{host}}?': 'Diesen Chat an {{host}} senden?',
  'Send it there': 'Dorthin senden',
  'With every message you send, all of this chat goes to {{host}}: what was said before, instructions and attachments too. Alcove cannot know who reads it there or how long it is kept.':
    'Mit jeder Nachricht, die du sendest, geht der ganze Chat an {{host}}: auch alles Frühere, Anweisungen und Anhänge. Alcove kann nicht wissen, wer ihn dort liest und wie lange er aufbewahrt wird.',
  'The way there is not encrypted: others on the network can read along.':
    'Der Weg dorthin ist nicht verschlüsselt: Andere im Netzwerk können mitlesen.',
  'Your other chats stay on this device, and a new chat starts on this device again.':
    'Deine anderen Chats bleiben auf diesem Gerät, und ein neuer Chat beginnt wieder auf diesem Gerät.',
  'Add a server': 'Server hinzufügen',
  'Edit server': 'Server bearbeiten',
  'This browser refused to keep it.': 'Dieser Browser wollte ihn nicht aufbewahren.',
  'The way there is not encrypted: others on the network can read along, the key too.':
    'Der Weg dorthin ist nicht verschlüsselt: Andere im Netzwerk können mitlesen, auch den Schlüssel.',
  'With or without /v1 at its end.': 'Mit oder ohne /v1 am Ende.',
  Key: 'Schlüssel',
  'Leave it empty if the server wants none.': 'Lass es leer, wenn der Server keinen verlangt.',
  Model: 'Modell',
  'The name by which the server knows it.': 'Der Name, unter dem der Server es kennt.',
  Name: 'Name',
  'What you call this server.': 'Wie du diesen Server nennst.',
  'Test connection': 'Verbindung prüfen',
  'Asking for its models': 'Fragt nach seinen Modellen',
  'A larger machine of yours can answer in place of this device: any server that speaks OpenAI’s API, such as llama.cpp, vLLM or Ollama. You choose it for a single chat in the menu at the top, and all of that chat is then sent there. Nothing is sent to a server before.':
    'Ein größerer Rechner von dir kann anstelle dieses Geräts antworten: jeder Server, der die API von OpenAI spricht, etwa llama.cpp, vLLM oder Ollama. Du wählst ihn im Menü oben für einen einzelnen Chat, und dieser ganze Chat wird dann dorthin gesendet. Vorher wird nichts an einen Server gesendet.',
  'Addresses and keys are kept in this browser only. They are in no backup and no export.':
    'Adressen und Schlüssel werden nur in diesem Browser aufbewahrt. Sie stehen in keiner Sicherung und keinem Export.',
  'Deleted “{{name}}” and its key': '„{{name}}“ und der Schlüssel sind gelöscht',
  'no key': 'ohne Schlüssel',
  'with a key': 'mit Schlüssel',
  'not encrypted': 'nicht verschlüsselt',
  'Edit {{name}}': '{{name}} bearbeiten',
  '“{{name}}” is not among your servers any more. Choose who answers at the top.':
    '„{{name}}“ ist nicht mehr unter deinen Servern. Wähle oben, wer antwortet.',
  'A key has only letters, digits and signs, without spaces.':
    'Ein Schlüssel hat nur Buchstaben, Ziffern und Zeichen, ohne Leerzeichen.',
  'Name the model, or press Test connection to choose from a list.':
    'Nenne das Modell, oder drücke „Verbindung prüfen“, um aus einer Liste zu wählen.',
  'Enter an address such as http://localhost:8080.':
    'Gib eine Adresse wie http://localhost:8080 ein.',
  'The address must not have a password in it: enter it as the key.':
    'In der Adresse darf kein Passwort stehen: Gib es als Schlüssel ein.',
  'No answer from {{host}} that this page may read.':
    'Keine Antwort von {{host}}, die diese Seite lesen darf.',
  'Check its address, and that it runs. If so, start it in a way that allows this page:':
    'Prüfe seine Adresse und ob er läuft. Wenn ja, starte ihn so, dass er diese Seite zulässt:',
  'If your browser asks whether this page may reach devices on your network, allow it.':
    'Wenn dein Browser fragt, ob diese Seite Geräte in deinem Netzwerk erreichen darf, erlaube es.',
  'This page came by https, and {{host}} is asked without: the browser may have refused that.':
    'Diese Seite kam über https, und {{host}} wird ohne gefragt: Der Browser hat das vielleicht verweigert.',
  'Put an https address before the server, run it on this computer and call it localhost, or open this app by http. Check also that the server runs and allows this page.':
    'Stelle dem Server eine https-Adresse voran, lass ihn auf diesem Rechner laufen und nenne ihn localhost, oder öffne diese App über http. Prüfe auch, ob der Server läuft und diese Seite zulässt.',
  '{{host}} does not accept the key ({{status}}).':
    '{{host}} nimmt den Schlüssel nicht an ({{status}}).',
  '{{host}} wants a key ({{status}}).': '{{host}} verlangt einen Schlüssel ({{status}}).',
  'Enter the right key under Your own servers on the Models page, then try again.':
    'Gib auf der Seite Modelle unter „Deine eigenen Server“ den richtigen Schlüssel ein und versuche es noch einmal.',
  '{{host}} knows no {{url}}, or no model {{model}}.':
    '{{host}} kennt {{url}} nicht, oder kein Modell {{model}}.',
  'Check the address and the model under Your own servers on the Models page: Test connection lists the models.':
    'Prüfe Adresse und Modell auf der Seite Modelle unter „Deine eigenen Server“: „Verbindung prüfen“ listet die Modelle auf.',
  '{{host}} has too much to do, or you have reached its limit (429).':
    '{{host}} hat zu viel zu tun, oder du hast seine Grenze erreicht (429).',
  'Try again in a while.': 'Versuche es in einer Weile noch einmal.',
  '{{host}} answered {{status}}.': '{{host}} antwortete mit {{status}}.',
  'The server has a problem: look at its log, then try again.':
    'Der Server hat ein Problem: Sieh in sein Protokoll und versuche es noch einmal.',
  'The server did not accept the request: look at its settings, then try again.':
    'Der Server hat die Anfrage nicht angenommen: Prüfe seine Einstellungen und versuche es noch einmal.',
  '{{host}} gave up on this answer.': '{{host}} hat diese Antwort aufgegeben.',
  'What it wrote so far is kept. Look whether the server still runs, then try again.':
    'Was bisher geschrieben wurde, bleibt erhalten. Sieh nach, ob der Server noch läuft, und versuche es noch einmal.',
  '{{host}} has been silent for {{seconds}} seconds.':
    '{{host}} schweigt seit {{seconds}} Sekunden.',
  'Check that its address is that of an OpenAI-compatible API.':
    'Prüfe, ob seine Adresse die einer OpenAI-kompatiblen API ist.',
  'The connection to {{host}} ended before its answer did.':
    'Die Verbindung zu {{host}} endete vor seiner Antwort.',
  'This chat was with “{{name}}”, which is not among the servers of this browser.':
    'Dieser Chat lief mit „{{name}}“, das nicht unter den Servern dieses Browsers ist.',
  'Choose a model or another server at the top of the page, then try again.':
    'Wähle oben auf der Seite ein Modell oder einen anderen Server und versuche es noch einmal.',
  '{{host}} answered with a web page.': '{{host}} antwortete mit einer Webseite.',
  '{{host}} wrote something that is not part of the protocol.':
    '{{host}} schrieb etwas, das nicht zum Protokoll gehört.',
  '{{host}} wrote more than any answer has.': '{{host}} schrieb mehr, als eine Antwort haben kann.',
  'It says: “{{message}}”': 'Er sagt: „{{message}}“',
  'Connected. {{count}} models._one': 'Verbunden. {{count}} Modell.',
  'Connected. {{count}} models._other': 'Verbunden. {{count}} Modelle.',
  '{{count}} tokens_one': '{{count}} Token',
  '{{count}} tokens_other': '{{count}} Token',
  '{{count}} chats_one': '{{count}} Chat',
  '{{count}} chats_other': '{{count}} Chats',
  '{{count}} messages_one': '{{count}} Nachricht',
  '{{count}} messages_other': '{{count}} Nachrichten',
  '{{count}} chats found_one': '{{count}} Chat gefunden',
  '{{count}} chats found_other': '{{count}} Chats gefunden',
  '{{count}} pieces are damaged_one': 'Ein Stück ist beschädigt',
  '{{count}} pieces are damaged_other': '{{count}} Stücke sind beschädigt',
  'and {{count}} more_one': 'und {{count}} weiteres',
  'and {{count}} more_other': 'und {{count}} weitere',
  '{{count}} personas and templates_one': '{{count}} Persona oder Vorlage',
  '{{count}} personas and templates_other': '{{count}} Personas und Vorlagen',
  'Chat settings': 'Chat-Einstellungen',
  'For the chat that you begin next.': 'Für den Chat, den du als Nächstes beginnst.',
  'For this chat. What you change counts from the next answer on.':
    'Für diesen Chat. Änderungen gelten ab der nächsten Antwort.',
  'What the model should know, who it should be, how it should answer.':
    'Was das Modell wissen, wer es sein und wie es antworten soll.',
  'A number from {{min}} to {{max}}': 'Eine Zahl von {{min}} bis {{max}}',
  'Replaced the settings of this chat': 'Die Einstellungen dieses Chats wurden ersetzt',
  Persona: 'Persona',
  None: 'Keine',
  'Persona options': 'Optionen der Persona',
  'Save as a new persona': 'Als neue Persona speichern',
  'Update “{{name}}”': '„{{name}}“ aktualisieren',
  'No longer use for new chats': 'Nicht mehr für neue Chats verwenden',
  'Use for new chats': 'Für neue Chats verwenden',
  'Rename persona': 'Persona umbenennen',
  'Name of the persona': 'Name der Persona',
  'Instructions and sampling under a name, to be used in other chats, too.':
    'Anweisungen und Sampling unter einem Namen, auch für andere Chats.',
  'This chat’s settings differ from the persona’s.':
    'Die Einstellungen dieses Chats weichen von denen der Persona ab.',
  'New chats begin with it.': 'Neue Chats beginnen mit ihr.',
  'Later changes to the persona do not change this chat.':
    'Spätere Änderungen an der Persona ändern diesen Chat nicht.',
  Sampling: 'Sampling',
  Temperature: 'Temperatur',
  'At 0 the likeliest word is taken always; higher is more varied.':
    'Bei 0 wird immer das wahrscheinlichste Wort genommen; höher heißt abwechslungsreicher.',
  'Top-p': 'Top-p',
  'Only the likeliest words that together have this share are considered.':
    'Nur die wahrscheinlichsten Wörter, die zusammen diesen Anteil haben, kommen in Frage.',
  Advanced: 'Erweitert',
  'Top-k': 'Top-k',
  'How many of the likeliest words are considered; 0 for all of them.':
    'Wie viele der wahrscheinlichsten Wörter in Frage kommen; 0 für alle.',
  'Min-p': 'Min-p',
  'Words less likely than this share of the likeliest are left out.':
    'Wörter, die weniger wahrscheinlich sind als dieser Anteil des wahrscheinlichsten, entfallen.',
  'Repetition penalty': 'Strafe für Wiederholung',
  'Above 1, words that are in the chat already become less likely.':
    'Über 1 werden Wörter, die schon im Chat stehen, unwahrscheinlicher.',
  Seed: 'Seed',
  'With a seed the same question gets the same answer. Empty: a new one each time.':
    'Mit einem Seed bekommt dieselbe Frage dieselbe Antwort. Leer: jedes Mal ein neuer.',
  'Max tokens': 'Höchstzahl der Token',
  'An answer ends after this many, reasoning included. Empty: no limit.':
    'Nach so vielen endet eine Antwort, das Nachdenken eingeschlossen. Leer: keine Grenze.',
  'Reset to the model’s defaults': 'Auf die Vorgaben des Modells zurücksetzen',
  'Stop strings': 'Stopp-Texte',
  'Up to 4, one a line: an answer ends before the first of them. \\n is a line break.':
    'Bis zu 4, einer je Zeile: Eine Antwort endet vor dem ersten davon. \\n ist ein Zeilenumbruch.',
  'Own instructions': 'Eigene Anweisungen',
  'own instructions': 'eigene Anweisungen',
  'Chat settings: {{settings}}': 'Chat-Einstellungen: {{settings}}',
  'top-p {{value}}': 'Top-p {{value}}',
  'top-k {{value}}': 'Top-k {{value}}',
  'min-p {{value}}': 'Min-p {{value}}',
  'repetition penalty {{value}}': 'Wiederholungsstrafe {{value}}',
  Insert: 'Einfügen',
  'New template': 'Neue Vorlage',
  'Edit template': 'Vorlage bearbeiten',
  'You are asked for what stands in double braces, as {{example}}, each time.':
    'Nach dem, was in doppelten Klammern steht wie {{example}}, wirst du jedes Mal gefragt.',
  'Prompt templates': 'Prompt-Vorlagen',
  'Or type / at the beginning of a message.': 'Oder tippe / am Anfang einer Nachricht.',
  'Show hidden templates': 'Ausgeblendete Vorlagen zeigen',
  'My {{name}}': '{{name}} (eigene)',
  'Edit a copy': 'Kopie bearbeiten',
  Hide: 'Ausblenden',
  text: 'Text',
  code: 'Code',
  language: 'Sprache',
  topic: 'Thema',
  Summarise: 'Zusammenfassen',
  'Summarise the following text in a few sentences. Keep to what it says.\n\n{{text}}':
    'Fasse den folgenden Text in wenigen Sätzen zusammen. Halte dich an das, was er sagt.\n\n{{text}}',
  Translate: 'Übersetzen',
  'Translate the following text into {{language}}. Keep its tone.\n\n{{text}}':
    'Übersetze den folgenden Text in diese Sprache: {{language}}. Behalte seinen Ton bei.\n\n{{text}}',
  Correct: 'Korrigieren',
  'Correct the spelling and grammar of the following text and change nothing else. Then list what you changed.\n\n{{text}}':
    'Korrigiere Rechtschreibung und Grammatik des folgenden Textes und ändere sonst nichts. Zähle dann auf, was du geändert hast.\n\n{{text}}',
  'Explain code': 'Code erklären',
  'Explain what this code does, step by step, and what may go wrong:\n\n{{code}}':
    'Erkläre Schritt für Schritt, was dieser Code tut und was schiefgehen kann:\n\n{{code}}',
  'Explain simply': 'Einfach erklären',
  'Explain {{topic}} to somebody who hears of it for the first time. Use an example.':
    'Erkläre jemandem, der zum ersten Mal davon hört: {{topic}}. Nimm ein Beispiel.',
  'Weigh up': 'Abwägen',
  'List what speaks for and against {{topic}}, then say what it depends on.':
    'Zähle auf, was dafür und was dagegen spricht: {{topic}}. Sag dann, worauf es ankommt.',
  'at most {{count}} tokens_one': 'höchstens {{count}} Token',
  'at most {{count}} tokens_other': 'höchstens {{count}} Token',
  '{{count}} stop strings_one': '{{count}} Stopp-Text',
  '{{count}} stop strings_other': '{{count}} Stopp-Texte',
  '{{count}} templates_one': '{{count}} Vorlage',
  '{{count}} templates_other': '{{count}} Vorlagen',
  Commands: 'Befehle',
  'Keyboard shortcuts': 'Tastenkürzel',
  Settings: 'Einstellungen',
  'About this model': 'Über dieses Modell',
  '{{mini}} answers at once, to show how this works: it can do small sums, spell and name capitals. It is no assistant, and often wrong.':
    '{{mini}} antwortet sofort, um zu zeigen, wie das hier geht: Es kann kleine Rechnungen, buchstabieren und Hauptstädte nennen. Ein Assistent ist es nicht, und es irrt sich oft.',
  'Get {{name}}': '{{name}} holen',
  'There is no GPU here: far too slow on the processor':
    'Hier gibt es keine GPU: auf dem Prozessor viel zu langsam',
  'Fits on this GPU': 'Passt auf diese GPU',
  'Type a command or the title of a chat': 'Befehl oder Titel eines Chats eingeben',
  'Nothing is called that': 'So heißt hier nichts',
  General: 'Allgemein',
  'This chat': 'Dieser Chat',
  Theme: 'Farben',
  Language: 'Sprache',
  'Command palette': 'Befehlspalette',
  'Show or hide the chats': 'Chats ein- oder ausblenden',
  'Back up all chats': 'Alle Chats sichern',
  'Send the message': 'Nachricht senden',
  'Begin a new line': 'Neue Zeile beginnen',
  'Rename this chat': 'Diesen Chat umbenennen',
  'Tag this chat': 'Diesen Chat mit Tags versehen',
  Tags: 'Tags',
  'Tags, separated by commas': 'Tags, durch Kommas getrennt',
  'Tags of other chats': 'Tags anderer Chats',
  'Chats with the tag': 'Chats mit dem Tag',
  'All chats': 'Alle Chats',
  'Pin or unpin this chat': 'Diesen Chat anheften oder loslösen',
  'Export this chat as Markdown': 'Diesen Chat als Markdown exportieren',
  'Delete this chat': 'Diesen Chat löschen',
  'Stop the answer': 'Antwort stoppen',
  'Regenerate the last answer': 'Letzte Antwort neu erzeugen',
  'Copy the last answer': 'Letzte Antwort kopieren',
  'Reasoning effort: low': 'Aufwand beim Nachdenken: wenig',
  'Reasoning effort: medium': 'Aufwand beim Nachdenken: mittel',
  'Reasoning effort: high': 'Aufwand beim Nachdenken: viel',
  'Theme: as the system': 'Farben: wie das System',
  'Theme: light': 'Farben: hell',
  'Theme: dark': 'Farben: dunkel',
  'Language: {{name}}': 'Sprache: {{name}}',
  'as the browser': 'wie der Browser',
  Ctrl: 'Strg',
  Shift: 'Umschalt',
  Enter: 'Eingabe',
  Esc: 'Esc',
  'as the system': 'wie das System',
  light: 'hell',
  dark: 'dunkel',
  'Stored in this browser': 'In diesem Browser gespeichert',
  'Models: {{bytes}}': 'Modelle: {{bytes}}',
  'All together {{used}}, {{free}} free by the browser’s estimate':
    'Zusammen {{used}}, nach Schätzung des Browsers {{free}} frei',
  'its personas and templates are not a list': 'ihre Personas und Vorlagen sind keine Liste',
  'two personas or templates have the same id':
    'zwei Personas oder Vorlagen haben dieselbe Kennung',
  '{{field}} is not an object': '„{{field}}“ ist kein Objekt',
  '{{field}} is not text': '„{{field}}“ ist kein Text',
  '{{field}} is longer than {{length}} characters': '„{{field}}“ ist länger als {{length}} Zeichen',
  '{{field}} is not a number': '„{{field}}“ ist keine Zahl',
  '{{field}} is not an id': '„{{field}}“ ist keine Kennung',
  'a message’s files are not a list': 'die Dateien einer Nachricht sind keine Liste',
  'a message has more than {{max}} files': 'eine Nachricht hat mehr als {{max}} Dateien',
  'two files of a message have the same name': 'zwei Dateien einer Nachricht haben denselben Namen',
  'a message’s role is not user or assistant':
    'die Rolle einer Nachricht ist weder user noch assistant',
  '{{field}} is not persona or template': '„{{field}}“ ist weder Persona noch Vorlage',
  'A new version of Alcove is ready.': 'Eine neue Version von Alcove ist bereit.',
  Update: 'Aktualisieren',
  'Alcove updates as soon as the answer is finished.':
    'Alcove wird aktualisiert, sobald die Antwort fertig ist.',
  'Alcove was updated in another tab. This one still runs the version before it.':
    'Alcove wurde in einem anderen Tab aktualisiert. Hier läuft noch die Version davor.',
  Reload: 'Neu laden',
  'The new version of Alcove did not start. This is the one before it.':
    'Die neue Version von Alcove ist nicht gestartet. Dies ist die Version davor.',
  'Shared chat · Alcove': 'Geteilter Chat · Alcove',
  'Share this chat': 'Diesen Chat teilen',
  Share: 'Teilen',
  'This shared chat cannot be opened': 'Dieser geteilte Chat lässt sich nicht öffnen',
  'This shared chat has a passphrase': 'Dieser geteilte Chat hat eine Passphrase',
  'Whoever sent you the link knows it. It is not in the link.':
    'Wer dir den Link geschickt hat, kennt sie. Im Link steht sie nicht.',
  Passphrase: 'Passphrase',
  Open: 'Öffnen',
  'Continue in a chat of your own': 'In einem eigenen Chat fortsetzen',
  'Try it again': 'Noch einmal ausprobieren',
  'QR code of the link': 'QR-Code des Links',
  'A person changed this answer, so it cannot be replayed.':
    'Ein Mensch hat diese Antwort geändert, deshalb lässt sie sich nicht wiederholen.',
  'This answer came in several pieces, or from an older Alcove: it cannot be replayed.':
    'Diese Antwort kam in mehreren Stücken oder aus einem älteren Alcove: Sie lässt sich nicht wiederholen.',
  'A server wrote this answer, so it cannot be replayed here.':
    'Ein Server hat diese Antwort geschrieben, deshalb lässt sie sich hier nicht wiederholen.',
  'The model saw messages or instructions that are not shared: no replay.':
    'Das Modell sah Nachrichten oder Anweisungen, die nicht geteilt sind: keine Wiederholung.',
  'What a replay takes was not shared.': 'Was eine Wiederholung braucht, wurde nicht geteilt.',
  'Replay this answer': 'Diese Antwort wiederholen',
  Replaying: 'Wird wiederholt',
  'Replaying: {{done}} of {{total}} tokens, all the same so far':
    'Wird wiederholt: {{done}} von {{total}} Token, bisher alle gleich',
  'Not comparable: the model would read another prompt here than it did then. Messages before this answer have changed since, or the models differ.':
    'Nicht vergleichbar: Das Modell läse hier eine andere Eingabe als damals. Nachrichten vor dieser Antwort haben sich seitdem geändert, oder die Modelle sind verschieden.',
  'Token {{position}} differs: expected {{expected}}, and it ended there.':
    'Token {{position}} ist anders: Erwartet war {{expected}}, und die Antwort endete dort.',
  'Token {{position}} is the first that differs: expected {{expected}}, got {{got}}.':
    'Token {{position}} ist das erste, das anders ist: erwartet {{expected}}, gekommen {{got}}.',
  'Whether it is the same model, nobody can say: one of the two has no weight hash.':
    'Ob es dasselbe Modell ist, kann niemand sagen: Von einem der beiden fehlt der Hash der Gewichte.',
  'The weights are the same, but other variants of the kernels compute here, which round differently. That may tip the choice of a token.':
    'Die Gewichte sind dieselben, aber hier rechnen andere Varianten der Kernel, die anders runden. Das kann bei der Wahl eines Tokens den Ausschlag geben.',
  'The weights are the same. Graphics devices and drivers round differently, which may tip the choice of a token.':
    'Die Gewichte sind dieselben. Grafikkarten und Treiber runden verschieden, was bei der Wahl eines Tokens den Ausschlag geben kann.',
  'The weights here are not those of {{model}} then: {{ours}} in place of {{theirs}}.':
    'Die Gewichte hier sind nicht die von {{model}} damals: {{ours}} statt {{theirs}}.',
  'This chat has no messages yet.': 'Dieser Chat hat noch keine Nachrichten.',
  'What goes along': 'Was mitkommt',
  'The reasoning': 'Die Überlegung',
  'The instructions': 'Die Anweisungen',
  'What a replay takes: seeds, dates, tokens':
    'Was eine Wiederholung braucht: Startwerte, Daten, Token',
  'Whoever replays an answer on their device sees its reasoning being made again.':
    'Wer eine Antwort auf seinem Gerät wiederholt, sieht die Überlegung neu entstehen.',
  'Passphrase, if only some may read it': 'Passphrase, falls nur manche es lesen sollen',
  'This is too much for a link or a file': 'Das ist zu viel für einen Link oder eine Datei',
  'Choose a shorter part of the chat, or leave out what a replay takes.':
    'Wähle einen kürzeren Teil des Chats, oder lass weg, was eine Wiederholung braucht.',
  'What is shared': 'Was geteilt wird',
  'The chat, to be read': 'Den Chat, zum Lesen',
  'A question alone, to be tried': 'Nur eine Frage, zum Ausprobieren',
  Question: 'Frage',
  From: 'Von',
  To: 'Bis',
  'the title': 'den Titel',
  'the reasoning': 'die Überlegung',
  'the instructions': 'die Anweisungen',
  'the whole text of {{files}}': 'den ganzen Text von {{files}}',
  'models and settings': 'Modelle und Einstellungen',
  'Readers will see: {{things}}.': 'Wer es liest, sieht: {{things}}.',
  'All of it is in the link, encrypted: only who knows the passphrase can read it.':
    'Alles steht verschlüsselt im Link: Nur wer die Passphrase kennt, kann es lesen.',
  'All of it is in the link: whoever has it can read it. No server is sent any of it.':
    'Alles steht im Link: Wer ihn hat, kann es lesen. Kein Server bekommt etwas davon.',
  Link: 'Link',
  'The link is being made.': 'Der Link wird erstellt.',
  'Copy link': 'Link kopieren',
  'Save as a file': 'Als Datei speichern',
  'QR code': 'QR-Code',
  'See it as a reader does': 'Ansehen, wie es andere sehen',
  'Embed it in a page': 'In eine Seite einbetten',
  '{{length}} characters: short enough for every messenger.':
    '{{length}} Zeichen: kurz genug für jeden Messenger.',
  '{{length}} characters: too long for Discord, which takes {{limit}}.':
    '{{length}} Zeichen: zu lang für Discord, das {{limit}} annimmt.',
  '{{length}} characters: Telegram cuts messages at {{limit}}, and other messengers cut long ones too. A file arrives whole.':
    '{{length}} Zeichen: Telegram schneidet Nachrichten bei {{limit}} ab, und auch andere Messenger kürzen lange. Eine Datei kommt ganz an.',
  'A view to be read in a blog or a wiki, without model and storage. It follows the reader’s light or dark theme.':
    'Eine Ansicht zum Lesen in einem Blog oder Wiki, ohne Modell und Speicher. Sie folgt dem hellen oder dunklen Design der Lesenden.',
  'HTML for the page': 'HTML für die Seite',
  'Copy HTML': 'HTML kopieren',
  'Shared chat': 'Geteilter Chat',
  'Shared prompt': 'Geteilte Frage',
  'Shared chat, read-only': 'Geteilter Chat, nur zum Lesen',
  'Who can see this': 'Wer das sehen kann',
  'All of it is in the link itself, after the “#”, which browsers send to no server: nobody keeps it for you, and whoever has the link can read it. Who sent it does not learn that you opened it. Nothing here was checked: anybody can write any words into such a link.':
    'Alles steht im Link selbst, hinter dem „#“, das Browser an keinen Server senden: Niemand bewahrt es auf, und wer den Link hat, kann es lesen. Wer ihn geschickt hat, erfährt nicht, dass du ihn geöffnet hast. Nichts davon wurde geprüft: In einen solchen Link kann jeder beliebige Worte schreiben.',
  'Replay on this device': 'Auf diesem Gerät wiederholen',
  'Written by {{models}}.': 'Geschrieben von {{models}}.',
  'The same model is loaded here, to the last byte.':
    'Hier ist dasselbe Modell geladen, bis aufs letzte Byte.',
  'Loaded here: {{model}}. Another model writes other tokens.':
    'Hier geladen: {{model}}. Ein anderes Modell schreibt andere Token.',
  'Open in Alcove': 'In Alcove öffnen',
  '“{{name}}” was not opened. {{reason}}': '„{{name}}“ wurde nicht geöffnet. {{reason}}',
  'There is no shared chat in it. Ask for the link or the file again.':
    'Darin ist kein geteilter Chat. Bitte noch einmal um den Link oder die Datei.',
  'Its end is missing: some messengers cut long links. Copy all of it, or ask for a file instead.':
    'Das Ende fehlt: Manche Messenger kürzen lange Links. Kopiere ihn ganz, oder bitte stattdessen um eine Datei.',
  'Some of it was changed on its way here. Ask for it again.':
    'Ein Teil wurde unterwegs verändert. Bitte noch einmal darum.',
  'It is larger than anything that Alcove shares.': 'Es ist größer als alles, was Alcove teilt.',
  'A newer version of Alcove made it. Reload this page to get that version.':
    'Eine neuere Version von Alcove hat es erstellt. Lade diese Seite neu, um sie zu bekommen.',
  'It is not as Alcove writes it, at “{{field}}”.':
    'Es ist nicht so, wie Alcove es schreibt, bei „{{field}}“.',
  'This is not the passphrase it was shared with.':
    'Das ist nicht die Passphrase, mit der es geteilt wurde.',
  'It has a passphrase, and browsers decrypt only on pages that come over HTTPS.':
    'Es hat eine Passphrase, und Browser entschlüsseln nur auf Seiten, die über HTTPS kommen.',
  'Identical: {{count}} tokens are the same_one': 'Identisch: Das eine Token ist gleich',
  'Identical: {{count}} tokens are the same_other': 'Identisch: Alle {{count}} Token sind gleich',
  'what it takes to replay {{count}} answers_one':
    'was die Wiederholung von {{count}} Antwort braucht',
  'what it takes to replay {{count}} answers_other':
    'was die Wiederholung von {{count}} Antworten braucht',
  'The browser refuses to store more. Free some space, and try again.':
    'Der Browser will nichts mehr speichern. Schaff etwas Platz, und versuche es noch einmal.',
  'Benchmark · Alcove': 'Benchmark · Alcove',
  'Back to the models': 'Zurück zu den Modellen',
  'How fast is a model here?': 'Wie schnell ist ein Modell hier?',
  'Computes tokens that mean nothing, and takes a few minutes at most. Close what else uses the GPU. Nothing is sent anywhere.':
    'Berechnet Token ohne Bedeutung und dauert höchstens einige Minuten. Schließen Sie, was die GPU sonst noch nutzt. Nichts wird irgendwohin gesendet.',
  'None: quick': 'Keiner: schnell',
  Measure: 'Messen',
  'Measuring how fast memory is': 'Misst, wie schnell der Speicher ist',
  'Computing a context of {{size}} tokens': 'Berechnet einen Kontext von {{size}} Token',
  'Measuring after {{size}} tokens': 'Misst nach {{size}} Token',
  Measuring: 'Messung',
  '{{figure}}, by tokens of context': '{{figure}}, nach Token Kontext',
  'Copy result': 'Ergebnis kopieren',
  'Context, tokens': 'Kontext, Token',
  'Decode, tok/s': 'Dekodieren, Tok/s',
  'Of memory speed': 'Vom Speichertempo',
  'Prefill, tok/s': 'Einlesen, Tok/s',
  'First token, ms': 'Erstes Token, ms',
  'not known': 'unbekannt',
  '{{model}}, {{bytes}} of weights ({{format}})': '{{model}}, {{bytes}} Gewichte ({{format}})',
  'It is the processor that computes here, in place of a GPU.':
    'Hier rechnet der Prozessor anstelle einer GPU.',
  'Memory speed: {{bytes}} a second copied': 'Speichertempo: {{bytes}} pro Sekunde kopiert',
  'Prompts of {{prompt}} tokens, {{decoded}} decoded after each; medians of up to five rounds':
    'Eingaben von {{prompt}} Token, danach je {{decoded}} dekodiert; Mediane von bis zu fünf Runden',
  'Alcove {{build}}, {{date}}': 'Alcove {{build}}, {{date}}',
  'Measure how fast': 'Messen, wie schnell',
  'Install Alcove as an app': 'Alcove als App installieren',
  'Update Alcove': 'Alcove aktualisieren',
  'Import chats from this file?': 'Chats aus dieser Datei importieren?',
  Import: 'Importieren',
  '{{name}} is added to the chats in this browser; none of them changes.':
    '{{name}} kommt zu den Chats in diesem Browser hinzu; keiner von ihnen ändert sich.',
  'The browser has cleared what was stored here: {{things}}':
    'Der Browser hat gelöscht, was hier gespeichert war: {{things}}',
  '{{bytes}} of models': '{{bytes}} an Modellen',
  'Import a backup': 'Sicherung importieren',
  'Browsers do that when the disk is nearly full, some also after weeks without a visit. Models can be downloaded again. An installed app, or a bookmark, makes the browser keep more.':
    'Das tun Browser, wenn die Festplatte fast voll ist, manche auch nach Wochen ohne Besuch. Modelle lassen sich wieder herunterladen. Als installierte App oder mit einem Lesezeichen behält der Browser mehr.',
}
